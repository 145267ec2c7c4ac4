package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
)

// embed plans that the app carries its frozen contracts, where it does not yet: its process has the words of its documentation from them.
func (b *step) embed() error {
	name := filepath.Join(b.app, "app.go")
	text, planned, err := b.textOf(name)
	if err != nil {
		return err
	}
	s := &source{name: name, text: text, files: token.NewFileSet()}
	if s.file, err = parser.ParseFile(s.files, name, text, parser.ParseComments); err != nil {
		return err
	}
	literal, carries := appOf(s.file)
	if carries {
		return nil
	}
	imports := importsOf(s.file)
	if literal == nil || imports == nil {
		return fmt.Errorf("%s has no spinoff.App{…} or no imports in brackets, so that it cannot be made to carry its contracts", b.relative(name))
	}
	s.changes = splices{
		{s.offset(imports.Lparen) + 1, s.offset(imports.Lparen) + 1, "\n\"embed\"\n"},
		{s.offset(imports.End()), s.offset(imports.End()), fmt.Sprintf("\n\n//go:embed %sv*/contract.json\nvar contracts embed.FS\n", b.name)},
		{s.offset(literal.Rbrace), s.offset(literal.Rbrace), "Contracts: contracts,\n"},
	}
	changed, err := format.Source(s.changes.apply(text))
	if err != nil {
		return err
	}
	if planned != nil {
		planned.text = changed
		return nil
	}
	b.edits = append(b.edits, edit{path: name, text: changed})
	return nil
}

// textOf returns a file as it is to be, and the edit of it where there is one.
func (b *step) textOf(name string) ([]byte, *edit, error) {
	for i := range b.edits {
		if b.edits[i].path == name {
			return b.edits[i].text, &b.edits[i], nil
		}
	}
	text, err := os.ReadFile(name)
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), nil, err
}

// appOf returns the value that declares the app, or nil, and whether it has its contracts.
func appOf(file *ast.File) (app *ast.CompositeLit, carries bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok || !isSelector(literal.Type, "spinoff", "App") || len(literal.Elts) == 0 {
			return true
		}
		app = literal
		for _, e := range literal.Elts {
			if pair, ok := e.(*ast.KeyValueExpr); ok {
				key, ok := pair.Key.(*ast.Ident)
				carries = carries || ok && key.Name == "Contracts"
			}
		}
		return false
	})
	return app, carries
}

// importsOf returns the imports of a file, where they are in brackets, or nil.
func importsOf(file *ast.File) *ast.GenDecl {
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT && g.Lparen.IsValid() {
			return g
		}
	}
	return nil
}
