package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed all:template
var templates embed.FS

// names is what the templates are filled with.
type names struct {
	Module   string // module path of the project
	Project  string
	Name     string // of the app
	Title    string // of the app, for people
	Import   string // import path of the app's folder
	Variable string // that says where the app answers
	Team     string
	Replace  string // folder of the toolkit, for trying one that is not released
	Version  string // of the toolkit
	Tick     string // a back quote, which a raw string cannot hold
}

// fill sets what follows from the name of the app and the folder of apps.
func (n *names) fill(dir, app, team string) {
	n.Name, n.Team, n.Tick = app, team, "`"
	n.Title = strings.ToUpper(app[:1]) + app[1:]
	n.Import = path.Join(n.Module, filepath.ToSlash(dir), app)
	n.Variable = strings.ToUpper(app) + "_API"
}

// file is one that is to be made.
type file struct {
	path string
	text []byte
}

// render fills the templates below from, for files below the folder to.
func (n names) render(from, to string) (files []file, err error) {
	err = fs.WalkDir(templates, from, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := n.execute(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, file{filepath.Join(to, filepath.FromSlash(n.rename(strings.TrimPrefix(name, from+"/")))), text})
		return nil
	})
	return files, err
}

// rename returns the name of the file that a template makes.
func (n names) rename(name string) string {
	name = strings.TrimSuffix(name, ".tmpl")
	name = strings.ReplaceAll(name, "contract/contract.go", n.Name+"v1/"+n.Name+"v1.go")
	name = strings.ReplaceAll(name, "app_test.go", n.Name+"_test.go")
	return strings.ReplaceAll(name, "dot-", ".")
}

func (n names) execute(name string) ([]byte, error) {
	text, err := templates.ReadFile(name)
	if err != nil {
		return nil, err
	}
	t, err := template.New(path.Base(name)).Delims("[[", "]]").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var filled bytes.Buffer
	if err := t.Execute(&filled, n); err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, ".go.tmpl") {
		return filled.Bytes(), nil
	}
	return format.Source(filled.Bytes())
}

// write makes the files and says so. It makes none of them when one exists.
func write(stdout io.Writer, files []file) error {
	var there []error
	for _, f := range files {
		if _, err := os.Lstat(f.path); err == nil {
			there = append(there, fmt.Errorf("%s exists already", f.path))
		}
	}
	if there != nil {
		return fmt.Errorf("nothing was written: %w", errors.Join(there...))
	}
	fmt.Fprintln(stdout, "Made:")
	for _, f := range files {
		if err := f.write(); err != nil {
			return err
		}
		fmt.Fprintln(stdout, " ", f.path)
	}
	return nil
}

// write makes one file, which everybody may read who may read its folder. It never overwrites one.
func (f file) write() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil { //nolint:gosec // source code
		return err
	}
	w, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // source code
	if err != nil {
		return err
	}
	_, err = w.Write(f.text)
	return errors.Join(err, w.Close())
}
