package main

import (
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
		return file, os.WriteFile(file, changed, 0o600) //nolint:gosec // a file of this folder, found by its name
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
	imports, list := token.NoPos, token.NoPos
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GenDecl:
			if node.Tok == token.IMPORT && node.Rparen.IsValid() {
				imports = node.Rparen
			}
		case *ast.CompositeLit:
			if isListOfApps(node.Type) {
				list = node.Rbrace
			}
		}
		return true
	})
	if imports == token.NoPos || list == token.NoPos {
		return nil, errors.New("it has no imports in brackets, or no list of type []spinoff.New")
	}
	comma := ""
	if line := files.Position(list); !endsLine(source[:line.Offset]) {
		comma = ", "
	}
	source = slices.Insert(source, files.Position(list).Offset, []byte(comma+name+".New,\n")...) // the list comes after the imports
	source = slices.Insert(source, files.Position(imports).Offset, fmt.Appendf(nil, "%q\n", importPath)...)
	return format.Source(source)
}

// endsLine reports whether text ends with a comma, an opening brace or a new line, so that another element can follow.
func endsLine(text []byte) bool {
	for _, c := range slices.Backward(text) {
		switch c {
		case ' ', '\t', '\n':
		case ',', '{':
			return true
		default:
			return false
		}
	}
	return true
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
