package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
)

// register adds an app to the list of apps of the project in this folder, or in one below it, and returns the file that it changed.
func register(importPath, name string) (string, error) {
	candidates, err := filepath.Glob("*/project.go")
	if err != nil {
		return "", err
	}
	for _, file := range append([]string{"project.go"}, candidates...) {
		source, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		changed, err := addApp(source, importPath, name)
		if err != nil {
			return "", fmt.Errorf("%s: %w", file, err)
		}
		return file, os.WriteFile(file, changed, 0o600) //nolint:gosec // a file of this folder, found by its name; it keeps its mode
	}
	return "", errors.New("there is no project.go in this folder or below it")
}

// addApp adds name.New to the list of type []spinoff.New in a Go file, and its import.
func addApp(source []byte, importPath, name string) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "project.go", source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	imports := token.NoPos
	var list *ast.CompositeLit
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GenDecl:
			if node.Tok == token.IMPORT && node.Rparen.IsValid() {
				imports = node.Rparen
			}
		case *ast.CompositeLit:
			if isListOfApps(node.Type) {
				list = node
			}
		}
		return true
	})
	if imports == token.NoPos || list == nil {
		return nil, errors.New("it has no imports in brackets, or no list of type []spinoff.New")
	}
	offset := func(p token.Pos) int { return files.Position(p).Offset }
	comma := ""
	if last := len(list.Elts) - 1; last >= 0 && !bytes.ContainsRune(source[offset(list.Elts[last].End()):offset(list.Rbrace)], ',') {
		comma = ", "
	}
	source = slices.Insert(source, offset(list.Rbrace), []byte(comma+name+".New,\n")...) // the list comes after the imports
	source = slices.Insert(source, offset(imports), fmt.Appendf(nil, "%q\n", importPath)...)
	return format.Source(source)
}

func isListOfApps(t ast.Expr) bool {
	array, ok := t.(*ast.ArrayType)
	if !ok {
		return false
	}
	element, ok := array.Elt.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := element.X.(*ast.Ident)
	return ok && pkg.Name == "spinoff" && element.Sel.Name == "New"
}
