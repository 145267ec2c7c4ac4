package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// readAll reads all pairs that the tests of our comparer have.
func readAll(testdata string) ([]*pair, error) {
	var all []*pair
	for _, read := range []func(string) ([]*pair, error){readFolders, readRules, readRewrites} {
		pairs, err := read(testdata)
		if err != nil {
			return nil, err
		}
		if len(pairs) == 0 {
			return nil, fmt.Errorf("%s is not the testdata of contract/diff: some of its pairs are missing", testdata)
		}
		all = append(all, pairs...)
	}
	return all, nil
}

// readFolders reads pairs/breaking/x/old.yaml and its like.
func readFolders(testdata string) ([]*pair, error) {
	var pairs []*pair
	for _, right := range []verdict{breaking, sound} {
		folders, err := filepath.Glob(filepath.Join(testdata, "pairs", string(right), "*"))
		if err != nil {
			return nil, err
		}
		for _, folder := range folders {
			p := &pair{name: string(right) + "/" + filepath.Base(folder), right: right}
			if p.old, err = side(folder, "old"); err != nil {
				return nil, err
			}
			if p.new, err = side(folder, "new"); err != nil {
				return nil, err
			}
			pairs = append(pairs, p)
		}
	}
	return pairs, nil
}

// side reads one side of a pair.
func side(folder, name string) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(folder, name+".*"))
	if err == nil && len(files) != 1 {
		err = fmt.Errorf("%s has %d files called %s.*, not one", folder, len(files), name)
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(files[0])
}

// readRules reads rules/x.txtar: a document, a breaking change of it and a sound one.
func readRules(testdata string) ([]*pair, error) {
	return readArchives(testdata, "rules", func(name string, files map[string][]byte) []*pair {
		return []*pair{
			{name: "breaking/rule-" + name, right: breaking, old: files["old"], new: files["breaking"]},
			{name: "sound/rule-" + name, right: sound, old: files["old"], new: files["sound"]},
		}
	})
}

// readRewrites reads rewrites/x.txtar: a document in two wordings.
func readRewrites(testdata string) ([]*pair, error) {
	return readArchives(testdata, "rewrites", func(name string, files map[string][]byte) []*pair {
		return []*pair{
			{name: "sound/rewrite-" + name + "-there", right: sound, old: files["a"], new: files["b"]},
			{name: "sound/rewrite-" + name + "-back", right: sound, old: files["b"], new: files["a"]},
		}
	})
}

func readArchives(testdata, folder string, pairs func(name string, files map[string][]byte) []*pair) ([]*pair, error) {
	names, err := filepath.Glob(filepath.Join(testdata, folder, "*.txtar"))
	if err != nil {
		return nil, err
	}
	var all []*pair
	for _, file := range names {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		files := map[string][]byte{}
		for _, f := range archive.Files {
			files[strings.TrimSuffix(f.Name, ".yaml")] = wholeDocument(f.Data, strings.HasPrefix(name, "request-"))
		}
		all = append(all, pairs(name, files)...)
	}
	return all, nil
}

// wholeDocument puts what is a schema alone into a document, as what consumers send or read.
func wholeDocument(text []byte, request bool) []byte {
	if strings.HasPrefix(string(text), "openapi:") {
		return text
	}
	const content = `content: {application/json: {schema: {$ref: "#/components/schemas/Body"}}}`
	operation := `get: {responses: {"200": {description: ok, ` + content + `}}}`
	if request {
		operation = `post: {requestBody: {required: true, ` + content + `}, responses: {"204": {description: done}}}`
	}
	schema := "      " + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n      ")
	return []byte(`openapi: 3.1.1
info: {title: example, version: "1"}
paths:
  /things:
    ` + operation + `
components:
  schemas:
    Body:
` + schema + "\n")
}
