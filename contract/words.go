package contract

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/spinoff-go/spinoff/internal/snake"
)

// Words are the comments of a contract package: what its types, fields, endpoints, topics and errors mean. The zero value and nil have none.
type Words struct {
	// texts holds comments by what they are about: "" the package, "NewQuestion" a type or variable, "NewQuestion.Source" a field,
	// "POST /create" a route, "entry.drafted" a topic, "faq.not_found" an error.
	texts map[string]string
	names map[string]string // of the variables, by the same keys and by their own name in snake_case
}

// of returns the first text that there is for one of the keys.
func (w *Words) of(keys ...string) string {
	if w == nil {
		return ""
	}
	for _, key := range keys {
		if text := w.texts[key]; text != "" {
			return text
		}
	}
	return ""
}

// name returns the variable that declares what one of the keys stands for, or "".
func (w *Words) name(keys ...string) string {
	if w == nil {
		return ""
	}
	for _, key := range keys {
		if name := w.names[key]; name != "" {
			return name
		}
	}
	return ""
}

// ReadWords reads the comments in the Go files of a folder.
func ReadWords(folder fs.FS) (*Words, error) {
	names, err := fs.Glob(folder, "*.go")
	if err != nil {
		return nil, err
	}
	w := &Words{texts: map[string]string{}, names: map[string]string{}}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path.Base(name), text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("the source of the contract: %w", err)
		}
		w.add("", file.Doc)
		for _, declaration := range file.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok {
				w.declaration(general)
			}
		}
	}
	return w, nil
}

// declaration reads one type, var or const declaration, or a group of them.
func (w *Words) declaration(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			doc := spec.Doc
			if doc == nil && len(d.Specs) == 1 {
				doc = d.Doc
			}
			w.add(spec.Name.Name, doc)
			w.fields(spec.Name.Name, spec.Type)
		case *ast.ValueSpec:
			doc := spec.Doc
			if doc == nil && len(d.Specs) == 1 {
				doc = d.Doc
			}
			if d.Tok == token.VAR && len(spec.Names) == 1 {
				w.variable(spec, doc)
			}
		}
	}
}

func (w *Words) fields(owner string, expression ast.Expr) {
	structure, ok := expression.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range structure.Fields.List {
		for _, name := range f.Names {
			w.add(owner+"."+name.Name, f.Doc)
			w.add(owner+"."+name.Name, f.Comment)
		}
	}
}

// variable reads the comment of an endpoint, a topic or an error. It is found by what the literal says and, where that is made by a function, by its name.
func (w *Words) variable(spec *ast.ValueSpec, doc *ast.CommentGroup) {
	name := spec.Names[0].Name
	keys := []string{name, snake.Case(name)}
	if len(spec.Values) == 1 {
		ast.Inspect(spec.Values[0], func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, _ := pair.Key.(*ast.Ident)
			value, _ := pair.Value.(*ast.BasicLit)
			if key != nil && value != nil && value.Kind == token.STRING && (key.Name == "Route" || key.Name == "Name" || key.Name == "Code") {
				keys = append(keys, constant.StringVal(constant.MakeFromLiteral(value.Value, value.Kind, 0)))
			}
			return true
		})
	}
	for _, key := range keys {
		w.add(key, doc)
		w.names[key] = name
	}
}

// add notes a comment; the first one of a key counts.
func (w *Words) add(key string, comment *ast.CommentGroup) {
	if comment == nil || w.texts[key] != "" {
		return
	}
	w.texts[key] = plain(comment.Text())
}

var docLink = regexp.MustCompile(`\[\*?([A-Za-z_]\w*(?:\.\w+)*)\]`)

// plain makes prose of a comment: one line for each paragraph, and no links to Go names.
func plain(comment string) string {
	var paragraphs []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(comment), "\n\n") {
		paragraphs = append(paragraphs, strings.Join(strings.Fields(paragraph), " "))
	}
	return docLink.ReplaceAllString(strings.Join(paragraphs, "\n\n"), "$1")
}

// firstSentence cuts a text after its first sentence.
func firstSentence(text string) (first, rest string) {
	paragraph, _, _ := strings.Cut(text, "\n\n")
	if i := strings.Index(paragraph, ". "); i >= 0 {
		return text[:i], strings.TrimSpace(text[i+1:])
	}
	return strings.TrimSuffix(paragraph, "."), strings.TrimSpace(text[len(paragraph):])
}

// describe adds a description where there is one.
func describe(o object, text string) {
	if text != "" {
		o["description"] = text
	}
}
