package usage

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff"
)

// calledEndpoint is an endpoint variable of a contract package that the app's code mentions.
type calledEndpoint struct {
	spinoff.Declaration
	in, out types.Type
	whole   bool // whether it is handed on as a value, so that nothing is known of its fields
}

// endpoints returns the endpoints that the app's own code calls, or hands on, of services that are not its own.
func (s *source) endpoints(app string) map[types.Object]*calledEndpoint {
	found := map[types.Object]*calledEndpoint{}
	for _, path := range s.own {
		for _, file := range s.parsed[path] {
			inspect(file, func(n ast.Node, parents []ast.Node) {
				id, ok := n.(*ast.Ident)
				if !ok {
					return
				}
				v := s.info.Uses[id]
				e := s.endpoint(v)
				if e == nil || e.Service.Name == app {
					return
				}
				if found[v] == nil {
					found[v] = e
				}
				found[v].whole = found[v].whole || !isCalled(id, parents)
			})
		}
	}
	return found
}

// isCalled reports whether an endpoint is there to be called: faqv2.Create.Call.
func isCalled(id *ast.Ident, parents []ast.Node) bool {
	parents = slices.Clone(parents)
	if s, ok := parents[len(parents)-1].(*ast.SelectorExpr); ok && s.Sel == id { // faqv2.Create
		parents = parents[:len(parents)-1]
	}
	s, ok := parents[len(parents)-1].(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Call"
}

// endpoint returns what an endpoint variable of a contract package declares, or nil where v is none.
func (s *source) endpoint(v types.Object) *calledEndpoint {
	if v == nil || v.Pkg() == nil || !s.isContract(v.Pkg().Path()) {
		return nil
	}
	t, ok := v.Type().(*types.Named)
	if !ok || t.Obj().Name() != "Endpoint" || t.TypeArgs().Len() != 2 {
		return nil
	}
	e := &calledEndpoint{in: t.TypeArgs().At(0), out: t.TypeArgs().At(1)}
	for name, value := range s.fieldsOf(v.Pkg(), v.Name()) {
		switch name {
		case "Route":
			e.Route = text(value)
		case "Name":
			e.Name = text(value)
		case "Service":
			e.Service = s.service(value, v.Pkg())
		}
	}
	if e.Route == "" || e.Service.Version == 0 {
		return nil
	}
	return e
}

// service returns the service that an expression names: a variable of the package, or a literal.
func (s *source) service(value ast.Expr, pkg *types.Package) (service spinoff.Service) {
	fields := literal(value)
	if id, ok := value.(*ast.Ident); ok {
		fields = s.fieldsOf(pkg, id.Name)
	}
	service.Name = text(fields["Name"])
	if version, ok := fields["Version"].(*ast.BasicLit); ok {
		service.Version, _ = strconv.Atoi(version.Value) // the type checker has seen that it is a number
	}
	return service
}

// fieldsOf returns the fields of the literal that a variable of a contract package is declared as.
func (s *source) fieldsOf(pkg *types.Package, variable string) map[string]ast.Expr {
	for _, file := range s.parsed[pkg.Path()] {
		for _, d := range file.Decls {
			general, ok := d.(*ast.GenDecl)
			if !ok || general.Tok != token.VAR {
				continue
			}
			for _, spec := range general.Specs {
				value := spec.(*ast.ValueSpec)
				i := slices.IndexFunc(value.Names, func(id *ast.Ident) bool { return id.Name == variable })
				if i >= 0 && i < len(value.Values) {
					return literal(value.Values[i])
				}
			}
		}
	}
	return nil
}

// literal returns the fields of a composite literal with keys.
func literal(value ast.Expr) map[string]ast.Expr {
	fields := map[string]ast.Expr{}
	composite, ok := value.(*ast.CompositeLit)
	if !ok {
		return fields
	}
	for _, element := range composite.Elts {
		if kv, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				fields[key.Name] = kv.Value
			}
		}
	}
	return fields
}

// text returns the value of a string literal, or "".
func text(value ast.Expr) string {
	if basic, ok := value.(*ast.BasicLit); ok && basic.Kind == token.STRING {
		if s, err := strconv.Unquote(basic.Value); err == nil {
			return s
		}
	}
	return ""
}

// wireName returns what a field is called on the wire, and whether it is left out where it is empty.
func wireName(field *types.Var, tag string) (name string, optional bool) {
	name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	if name == "" || name == "-" { // a header, or a status
		name = field.Name()
	}
	return name, strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
}

// inspect calls visit for each node with the nodes that it is in, outermost first.
func inspect(file *ast.File, visit func(n ast.Node, parents []ast.Node)) {
	var parents []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			parents = parents[:len(parents)-1]
			return true
		}
		if len(parents) > 0 {
			visit(n, parents)
		}
		parents = append(parents, n)
		return true
	})
}
