package usage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// words is the package that declares what an endpoint is.
const words = "github.com/spinoff-go/spinoff"

// source is the Go code of one app, with the types of what it imports.
type source struct {
	files  *token.FileSet
	listed map[string]*listedPackage
	parsed map[string][]*ast.File // the packages of the app, and the contract packages, for what their variables say
	own    []string               // the packages of the app
	info   types.Info
}

// listedPackage is what "go list" says of a package.
type listedPackage struct {
	ImportPath, Dir string
	GoFiles         []string
	Imports         []string
	Export          string // file with its types, as the compiler wrote it
	Standard        bool
	DepOnly         bool
}

// readSource reads the packages in a folder and below, which have to compile.
func readSource(ctx context.Context, folder string) (*source, error) {
	s := &source{
		files: token.NewFileSet(), listed: map[string]*listedPackage{}, parsed: map[string][]*ast.File{},
		info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}},
	}
	if err := s.list(ctx, folder); err != nil {
		return nil, err
	}
	for path, p := range s.listed {
		if !slices.Contains(s.own, path) && !s.isContract(path) {
			continue
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(s.files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			s.parsed[path] = append(s.parsed[path], file)
		}
	}
	imports := importer.ForCompiler(s.files, "gc", s.export)
	for _, path := range s.own {
		if _, err := (&types.Config{Importer: imports}).Check(path, s.files, s.parsed[path], &s.info); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// list asks the go command which packages there are.
func (s *source) list(ctx context.Context, folder string) error {
	command := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Imports,Export,Standard,DepOnly", "./...")
	command.Dir = folder
	var stderr bytes.Buffer
	command.Stderr = &stderr
	text, err := command.Output()
	if err != nil {
		return fmt.Errorf("read the Go packages in %s: %w\n%s", folder, err, bytes.TrimSpace(stderr.Bytes()))
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		p := new(listedPackage)
		if err := decoder.Decode(p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read what \"go list\" says: %w", err)
		}
		s.listed[p.ImportPath] = p
		if !p.DepOnly {
			s.own = append(s.own, p.ImportPath)
		}
	}
}

// export opens the types of a package.
func (s *source) export(path string) (io.ReadCloser, error) {
	p := s.listed[path]
	if p == nil || p.Export == "" {
		return nil, fmt.Errorf("the types of package %s are not known", path)
	}
	return os.Open(p.Export)
}

// isContract reports whether a package is one that others call by: it imports the words, and otherwise only the standard library.
func (s *source) isContract(path string) bool {
	p := s.listed[path]
	return p != nil && slices.Contains(p.Imports, words) && !slices.ContainsFunc(p.Imports, func(path string) bool {
		return path != words && (s.listed[path] == nil || !s.listed[path].Standard)
	})
}

// isOwn reports whether a package is of the app.
func (s *source) isOwn(path string) bool { return slices.Contains(s.own, path) && !s.isContract(path) }
