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
	"strconv"
	"strings"
)

// source is a Go file of the app, with what is to be changed in it.
type source struct {
	name    string
	text    []byte
	files   *token.FileSet
	file    *ast.File
	changes splices
	more    string // declarations for its end
}

func (s *source) offset(p token.Pos) int { return s.files.Position(p).Offset }

// convert plans the app: it works with the new version, and answers the old one by conversions.
func (b *step) convert(c *contractPackage) error {
	sources, err := b.sources()
	if err != nil {
		return err
	}
	lists := 0
	for _, s := range sources {
		lists += b.rewrite(s, keptFunctions(filepath.Dir(s.name), sources), c)
	}
	if lists == 0 {
		return fmt.Errorf("no file of %s has a list such as []spinoff.Handler{%s.Create.Serve(p.Create)}, so that it cannot be seen what the app answers; nothing was written", b.relative(b.app), b.old())
	}
	for _, s := range sources {
		if s.changes == nil {
			continue
		}
		text, err := b.finish(s)
		if err != nil {
			return fmt.Errorf("%s: %w", b.relative(s.name), err)
		}
		b.edits = append(b.edits, edit{path: s.name, text: text})
	}
	return nil
}

// sources reads the files of the app that know the old contract package: all but the contracts, and the tests that use the app from outside,
// which go on as consumers of the old version.
func (b *step) sources() (all []*source, err error) {
	err = eachGoFile(b.app, func(name string) error {
		folder := filepath.Dir(name)
		outside := strings.HasSuffix(name, "_test.go") && folder == b.app
		contract := filepath.Dir(folder) == b.app && strings.HasPrefix(filepath.Base(folder), b.name+"v")
		if outside || contract {
			return nil
		}
		s := &source{name: name, files: token.NewFileSet()}
		if s.text, err = os.ReadFile(name); err != nil {
			return err
		}
		if s.file, err = parser.ParseFile(s.files, name, s.text, parser.ParseComments); err != nil {
			return err
		}
		if b.importOf(s) != nil {
			all = append(all, s)
		}
		return nil
	})
	return all, err
}

// importOf returns the import of the old contract package, or nil.
func (b *step) importOf(s *source) *ast.ImportSpec {
	for _, spec := range s.file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && strings.HasSuffix(path, "/"+b.name+"/"+b.old()) && spec.Name == nil {
			return spec
		}
	}
	return nil
}

// isOlder reports whether a call is spinoff.Older or spinoff.AnnounceOlder, or a method of what it returns, such as MapError.
func isOlder(call *ast.CallExpr) bool {
	if isSelector(call.Fun, "spinoff", "Older") || isSelector(call.Fun, "spinoff", "AnnounceOlder") {
		return true
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := method.X.(*ast.CallExpr)
	return ok && isOlder(of)
}

// named calls visit for each name below a node that may be that of a function of the package.
func named(n ast.Node, visit func(name string)) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			return false
		case *ast.Ident:
			visit(n.Name)
		}
		return true
	})
}

// keptFunctions returns the functions of a package that convert between older versions, and those that they need: they stay as they are.
func keptFunctions(folder string, sources []*source) map[string]bool {
	kept, bodies := map[string]bool{}, map[string]*ast.FuncDecl{}
	for _, s := range sources {
		if filepath.Dir(s.name) != folder {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil {
					bodies[n.Name.Name] = n
				}
			case *ast.CallExpr:
				if isOlder(n) {
					for _, a := range n.Args {
						named(a, func(name string) { kept[name] = true })
					}
				}
			}
			return true
		})
	}
	for grown := true; grown; {
		grown = false
		for name := range kept {
			if bodies[name] == nil {
				continue
			}
			ast.Inspect(bodies[name], func(n ast.Node) bool {
				if f, ok := n.(*ast.Ident); ok && bodies[f.Name] != nil && !kept[f.Name] {
					kept[f.Name], grown = true, true
				}
				return true
			})
		}
	}
	return kept
}

// rewrite makes a file speak of the new version, and adds the conversions to the lists in it, whose number it returns.
func (b *step) rewrite(s *source, kept map[string]bool, c *contractPackage) (lists int) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return n.Recv != nil || !kept[n.Name.Name]
		case *ast.CallExpr:
			return !isOlder(n)
		case *ast.CompositeLit:
			if added := b.older(s, n, c); added != "" {
				lists++
				s.changes = append(s.changes, splice{s.offset(n.Rbrace), s.offset(n.Rbrace), s.separator(n) + added})
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == b.old() {
				s.changes = append(s.changes, splice{s.offset(x.Pos()), s.offset(x.End()), b.new()})
			}
		}
		return true
	})
	for _, comment := range s.file.Comments { // [faqv2.Create] in a comment, except before a function that stays
		if !b.belongsToKept(s, comment, kept) {
			from, to := s.offset(comment.Pos()), s.offset(comment.End())
			for at := from; ; {
				i := bytes.Index(s.text[at:to], []byte(b.old()+"."))
				if i < 0 {
					break
				}
				s.changes = append(s.changes, splice{at + i, at + i + len(b.old()), b.new()})
				at += i + len(b.old())
			}
		}
	}
	return lists
}

func (b *step) belongsToKept(s *source, comment *ast.CommentGroup, kept map[string]bool) bool {
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && kept[f.Name.Name] && (f.Doc == comment || f.Pos() <= comment.Pos() && comment.End() <= f.End()) {
			return true
		}
	}
	return false
}

// separator is the comma that the list's last element lacks.
func (s *source) separator(list *ast.CompositeLit) string {
	last := list.Elts[len(list.Elts)-1]
	if bytes.ContainsRune(s.text[s.offset(last.End()):s.offset(list.Rbrace)], ',') {
		return ""
	}
	return ","
}

// older returns the conversions for what a list answers or announces, as its further elements, and adds the functions to the file.
func (b *step) older(s *source, list *ast.CompositeLit, c *contractPackage) string {
	var added strings.Builder
	for _, e := range list.Elts {
		call, ok := e.(*ast.CallExpr)
		if !ok {
			continue
		}
		verb, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !isSelector(verb.X, b.old(), "") {
			continue
		}
		name := verb.X.(*ast.SelectorExpr).Sel.Name
		types := c.types[name]
		switch {
		case verb.Sel.Name == "Serve" && len(types) == 2:
			fmt.Fprintf(&added, "\nspinoff.Older(%s.%s, %s.%s, %s, %s),", b.old(), name, b.new(), name, b.conversion(s, c, types[0], b.old(), b.new()), b.conversion(s, c, types[1], b.new(), b.old()))
		case verb.Sel.Name == "Announce" && len(types) == 1:
			fmt.Fprintf(&added, "\nspinoff.AnnounceOlder(%s.%s, %s.%s, %s),", b.old(), name, b.new(), name, b.conversion(s, c, types[0], b.new(), b.old()))
		}
	}
	if added.Len() == 0 {
		return ""
	}
	return "\n" + added.String() + "\n"
}

// conversion returns the function that converts a type between two versions, and adds it to the end of the file where it is not there.
func (b *step) conversion(s *source, c *contractPackage, name, from, to string) string {
	if name == "struct{}" {
		return "func(none struct{}) struct{} { return none }"
	}
	f := "up"
	if from == b.new() {
		f = "down"
	}
	f += name + strconv.Itoa(b.from)
	if strings.Contains(s.more, "func "+f+"(") {
		return f
	}
	s.more += fmt.Sprintf("\n// %s makes %s.%s of %s.%s.\nfunc %s(in %s.%s) %s.%s {\n\treturn %s(%s.%s{ // say what differs, and take this word away\n",
		f, to, name, from, name, f, from, name, to, name, toFill, to, name)
	for _, field := range c.fields[name] {
		s.more += fmt.Sprintf("\t\t%s: in.%s,\n", field, field)
	}
	s.more += "\t})\n}\n"
	return f
}

// finish carries out the changes of a file, and imports the packages that it mentions.
func (b *step) finish(s *source) ([]byte, error) {
	spec := b.importOf(s)
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return nil, err
	}
	text := string(append(s.changes.apply(s.text), s.more...))
	head := s.offset(s.file.Name.End())
	quoted := strconv.Quote(strings.TrimSuffix(path, b.old()) + b.new())
	if uses(text, b.old()) { // both
		text = text[:head] + strings.Replace(text[head:], spec.Path.Value, spec.Path.Value+"\n"+quoted, 1)
	} else {
		text = text[:head] + strings.Replace(text[head:], spec.Path.Value, quoted, 1)
	}
	return format.Source([]byte(text))
}

// uses reports whether Go code mentions something of a package.
func uses(text, pkg string) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, 0)
	if err != nil {
		return true // it is formatted next, which says what is wrong
	}
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			x, ok := s.X.(*ast.Ident)
			found = found || ok && x.Name == pkg
		}
		return !found
	})
	return found
}
