package usage

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

// everything stands for the fields of a message where it is not known which of them count.
const everything = "*"

// touched is what the code of an app does with one type of a contract.
type touched struct {
	set, read map[int]bool // by the number of the field
	given     bool         // whether a value comes from somewhere unknown, so that any field may be set
	taken     bool         // whether a value goes somewhere unknown, so that any field may be read
}

// touches goes through the app's own code once, and returns what it does with the structs of contract packages.
func (s *source) touches() map[*types.TypeName]*touched {
	all := map[*types.TypeName]*touched{}
	of := func(t *types.Named) *touched {
		if all[t.Obj()] == nil {
			all[t.Obj()] = &touched{set: map[int]bool{}, read: map[int]bool{}}
		}
		return all[t.Obj()]
	}
	for _, path := range s.own {
		for _, file := range s.parsed[path] {
			inspect(file, func(n ast.Node, parents []ast.Node) {
				e, ok := n.(ast.Expr)
				if !ok {
					return
				}
				if selection := s.info.Selections[selector(e)]; selection != nil && selection.Kind() == types.FieldVal {
					if t := s.message(selection.Recv()); t != nil {
						if isSet(e, parents) {
							of(t).set[selection.Index()[0]] = true
						} else {
							of(t).read[selection.Index()[0]] = true
						}
					}
				}
				value := s.info.Types[e]
				t := s.message(value.Type)
				if t == nil || !value.IsValue() {
					return
				}
				s.built(e, t, of(t))
				if !s.stays(e, parents) {
					of(t).taken = true
				}
			})
		}
	}
	return all
}

func selector(e ast.Expr) *ast.SelectorExpr {
	s, _ := e.(*ast.SelectorExpr)
	return s
}

// message returns the struct of a contract package that t is, points to or is a list of, or nil.
func (s *source) message(t types.Type) *types.Named {
	for t != nil {
		switch u := types.Unalias(t).(type) {
		case *types.Named:
			_, isStruct := u.Underlying().(*types.Struct)
			if isStruct && u.Obj().Pkg() != nil && s.isContract(u.Obj().Pkg().Path()) {
				return u
			}
			return nil
		case *types.Pointer:
			t = u.Elem()
		case *types.Slice:
			t = u.Elem()
		case *types.Array:
			t = u.Elem()
		case *types.Map:
			t = u.Elem()
		default:
			return nil
		}
	}
	return nil
}

// isSet reports whether a field stands at the left of an assignment.
func isSet(e ast.Expr, parents []ast.Node) bool {
	assign, ok := parents[len(parents)-1].(*ast.AssignStmt)
	return ok && assign.Tok == token.ASSIGN && slices.Contains(assign.Lhs, e)
}

// built notes which fields a value is made with.
func (s *source) built(e ast.Expr, t *types.Named, to *touched) {
	switch e := e.(type) {
	case *ast.CompositeLit:
		if types.Unalias(s.info.Types[e].Type) != t { // a list of it
			return
		}
		fields := t.Underlying().(*types.Struct)
		for i, element := range e.Elts {
			kv, keyed := element.(*ast.KeyValueExpr)
			if !keyed {
				to.set[i] = true
				continue
			}
			for n := range fields.NumFields() {
				if key, ok := kv.Key.(*ast.Ident); ok && fields.Field(n).Name() == key.Name {
					to.set[n] = true
				}
			}
		}
	case *ast.CallExpr:
		if s.info.Types[e.Fun].IsType() { // a conversion
			to.given = true
		}
	case *ast.UnaryExpr:
		if _, fresh := e.X.(*ast.CompositeLit); e.Op == token.AND && !fresh { // whoever has the pointer may set what it likes
			to.given = true
		}
	}
}

// stays reports whether a value goes on with its type, so that what is read of it is seen where that happens.
func (s *source) stays(e ast.Expr, parents []ast.Node) bool {
	switch parent := parents[len(parents)-1].(type) {
	case *ast.SelectorExpr, *ast.RangeStmt, *ast.IndexExpr, *ast.StarExpr, *ast.UnaryExpr, *ast.ParenExpr, *ast.SliceExpr, *ast.BinaryExpr, *ast.ExprStmt, *ast.Field:
		return true
	case *ast.AssignStmt:
		if into := selector(e); into != nil && slices.Contains(parent.Lhs, e) { // kept in a struct of the app, which a template may show
			return s.message(s.info.TypeOf(into.X)) != nil
		}
		i := slices.Index(parent.Rhs, e)
		return i < 0 || len(parent.Lhs) != len(parent.Rhs) || parent.Tok == token.DEFINE || isBlank(parent.Lhs[i]) || s.message(s.info.TypeOf(parent.Lhs[i])) != nil
	case *ast.ValueSpec:
		return parent.Type == nil || s.message(s.info.TypeOf(parent.Type)) != nil
	case *ast.ReturnStmt:
		return s.returnsMessage(parents)
	case *ast.CompositeLit: // an element of a list
		return s.message(s.info.TypeOf(parent)) != nil || isKey(parent, e)
	case *ast.KeyValueExpr:
		outer, ok := parents[len(parents)-2].(*ast.CompositeLit)
		return parent.Key == e || ok && s.message(s.info.TypeOf(outer)) != nil
	case *ast.CallExpr:
		return s.passes(e, parent)
	}
	return false
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// isKey reports whether e is the type of a literal.
func isKey(literal *ast.CompositeLit, e ast.Expr) bool { return literal.Type == e }

// returnsMessage reports whether the function around a return has only results whose type says what they are.
func (s *source) returnsMessage(parents []ast.Node) bool {
	for _, parent := range slices.Backward(parents) {
		var t *ast.FuncType
		switch f := parent.(type) {
		case *ast.FuncDecl:
			t = f.Type
		case *ast.FuncLit:
			t = f.Type
		default:
			continue
		}
		return t.Results != nil && slices.ContainsFunc(t.Results.List, func(f *ast.Field) bool { return s.message(s.info.TypeOf(f.Type)) != nil })
	}
	return false
}

// passes reports whether a value that is handed to a function keeps its type there: in the app's own functions, in a call of an endpoint, in append and len.
func (s *source) passes(e ast.Expr, call *ast.CallExpr) bool {
	i := slices.Index(call.Args, e)
	fun := s.info.Types[call.Fun]
	if i < 0 || fun.IsBuiltin() {
		return true
	}
	if pkg := s.packageOf(call.Fun); pkg == nil || !s.isOwn(pkg.Path()) && !s.isContract(pkg.Path()) && pkg.Path() != words && !s.listed[pkg.Path()].Standard {
		return fun.IsType() // a conversion to another type of the contract
	}
	signature, ok := fun.Type.(*types.Signature)
	if !ok || signature.Params().Len() == 0 {
		return false
	}
	return s.message(signature.Params().At(min(i, signature.Params().Len()-1)).Type()) != nil
}

// packageOf returns the package of the function that is called; that of a function in a variable is the variable's.
func (s *source) packageOf(fun ast.Expr) *types.Package {
	switch f := ast.Unparen(fun).(type) {
	case *ast.Ident:
		if o := s.info.Uses[f]; o != nil {
			return o.Pkg()
		}
	case *ast.SelectorExpr:
		if o := s.info.Uses[f.Sel]; o != nil {
			return o.Pkg()
		}
	case *ast.IndexExpr: // with its type
		return s.packageOf(f.X)
	}
	return nil
}

// names returns what the fields of a message are called on the wire that count by touched: with those of the messages in it, as "messages.text". request says
// that the fields are sent, so that those that are not left out where they are empty count always.
func (s *source) names(t types.Type, all map[*types.TypeName]*touched, request bool) []string {
	names := map[string]bool{}
	s.addNames(names, "", t, all, request, 0)
	if names[everything] {
		return []string{everything}
	}
	return slices.AppendSeq([]string{}, sorted(names))
}

func sorted(names map[string]bool) func(yield func(string) bool) {
	return slices.Values(slices.Sorted(maps.Keys(names)))
}

func (s *source) addNames(names map[string]bool, prefix string, t types.Type, all map[*types.TypeName]*touched, request bool, depth int) {
	named := s.message(t)
	if named == nil || depth > 5 {
		return
	}
	what := all[named.Obj()]
	if what == nil {
		what = new(touched)
	}
	if request && what.given || !request && what.taken {
		names[prefix+everything] = true
		return
	}
	fields := named.Underlying().(*types.Struct)
	for i := range fields.NumFields() {
		name, optional := wireName(fields.Field(i), fields.Tag(i))
		if request && (what.set[i] || !optional) || !request && what.read[i] {
			names[prefix+name] = true
			s.addNames(names, prefix+name+".", fields.Field(i).Type(), all, request, depth+1)
		}
	}
}
