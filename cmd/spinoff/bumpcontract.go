package main

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// contractPackage is what bump has to know of a contract: the types of its endpoints and topics, and the fields of its structs.
type contractPackage struct {
	types  map[string][]string // by the name of an endpoint: request and answer; of a topic: its data
	fields map[string][]string // by the name of a struct
}

// readContract reads a contract package by its syntax.
func readContract(folder string) (*contractPackage, error) {
	c := &contractPackage{types: map[string][]string{}, fields: map[string][]string{}}
	results := map[string]ast.Expr{} // of functions with one
	var variables []*ast.ValueSpec
	err := eachGoFile(folder, func(name string) error {
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Type.Results.NumFields() == 1 {
					results[d.Name.Name] = d.Type.Results.List[0].Type
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						variables = append(variables, spec)
					case *ast.TypeSpec:
						c.addStruct(spec)
					}
				}
			}
		}
		return nil
	})
	for _, v := range variables {
		for i, value := range v.Values {
			c.types[v.Names[i].Name] = typesOf(value, results)
		}
	}
	return c, err
}

func (c *contractPackage) addStruct(spec *ast.TypeSpec) {
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	names := []string{}
	for _, f := range s.Fields.List {
		for _, name := range f.Names {
			names = append(names, name.Name)
		}
	}
	c.fields[spec.Name.Name] = names
}

// typesOf returns the type arguments of a value such as spinoff.Endpoint[In, Out]{…}, also where a function of the package makes it.
func typesOf(value ast.Expr, results map[string]ast.Expr) []string {
	var made ast.Expr
	switch value := value.(type) {
	case *ast.CompositeLit:
		made = value.Type
	case *ast.CallExpr:
		if f, ok := value.Fun.(*ast.Ident); ok {
			made = results[f.Name]
		}
	}
	var arguments []ast.Expr
	switch made := made.(type) {
	case *ast.IndexExpr:
		arguments = []ast.Expr{made.Index}
	case *ast.IndexListExpr:
		arguments = made.Indices
	}
	var names []string
	for _, a := range arguments {
		switch a := a.(type) {
		case *ast.Ident:
			names = append(names, a.Name)
		case *ast.StructType:
			names = append(names, "struct{}")
		}
	}
	return names
}

// copyContract plans the new contract package: the old one with another name and version.
func (b *step) copyContract() error {
	folder := filepath.Join(b.app, b.old())
	inside, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	bumped := false
	for _, e := range inside {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		changed, did, err := b.bumpFile(e.Name(), text)
		if err != nil {
			return err
		}
		bumped = bumped || did
		name := strings.ReplaceAll(e.Name(), b.old(), b.new())
		b.edits = append(b.edits, edit{path: filepath.Join(b.app, b.new(), name), text: changed, made: true})
	}
	if !bumped {
		return fmt.Errorf("%s declares no spinoff.Service{…, Version: %d}, so that the version cannot be changed; nothing was written", b.relative(folder), b.from)
	}
	return nil
}

// bumpFile changes names and version in one file, and reports whether it had the version.
func (b *step) bumpFile(name string, text []byte) ([]byte, bool, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil {
		return nil, false, err
	}
	var changes splices
	offset := func(p token.Pos) int { return files.Position(p).Offset }
	bumped := false
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok || !isSelector(literal.Type, "spinoff", "Service") {
			return true
		}
		for i, e := range literal.Elts {
			value := e
			if pair, ok := e.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); !ok || key.Name != "Version" {
					continue
				}
				value = pair.Value
			} else if i != 1 {
				continue
			}
			if number, ok := value.(*ast.BasicLit); ok && number.Value == strconv.Itoa(b.from) {
				changes = append(changes, splice{offset(number.Pos()), offset(number.End()), strconv.Itoa(b.to)})
				bumped = true
			}
		}
		return true
	})
	if file.Doc != nil {
		changes = append(changes, splice{offset(file.Doc.Pos()), offset(file.Doc.End()), b.comment(file.Doc.Text())})
	}
	out := regexp.MustCompile(`\b`+b.old()+`\b`).ReplaceAll(changes.apply(text), []byte(b.new()))
	formatted, err := format.Source(out)
	return formatted, bumped, err
}

// comment is the comment of the new package: the first sentence of the old one, and what is to be said.
func (b *step) comment(text string) string {
	first, _, _ := strings.Cut(strings.Join(strings.Fields(text), " "), ". ")
	first = strings.TrimSuffix(first, ".")
	first = regexp.MustCompile(fmt.Sprintf(`\bversion %d\b`, b.from)).ReplaceAllString(first, fmt.Sprintf("version %d", b.to))
	return fmt.Sprintf("// %s.\n// Since version %d …: %s.", first, b.from, toSay)
}

func isSelector(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg && (name == "" || s.Sel.Name == name)
}

// splice puts text in place of what is between two offsets.
type splice struct {
	from, to int
	text     string
}

type splices []splice

// apply carries them out. They do not overlap.
func (s splices) apply(text []byte) []byte {
	s = slices.Clone(s)
	slices.SortStableFunc(s, func(a, b splice) int { return a.from - b.from })
	var out []byte
	at := 0
	for _, one := range s {
		out = append(append(out, text[at:one.from]...), one.text...)
		at = one.to
	}
	return append(out, text[at:]...)
}
