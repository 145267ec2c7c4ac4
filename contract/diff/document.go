package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// operation is one operation of a document with what it has from its path and from the document.
type operation struct {
	method, path string // path as it is written
	node         *openapi.Node
	item         *openapi.Node // its path item
	params       []*openapi.Node
	servers      []string // base URLs
	serverNode   *openapi.Node
	security     *openapi.Node
	way          way // of its request
}

func (o *operation) String() string { return strings.ToUpper(o.method) + " " + o.path }

// template is the path with its parameters by place: /a/{} for /a/{id}.
func template(path string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(path, "{")
		b.WriteString(before)
		_, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString("{}")
		path = after
	}
}

// operations returns the operations of the paths, by method and template.
func (s *side) operations(paths *openapi.Node, w way) map[string]*operation {
	all := map[string]*operation{}
	for _, m := range paths.Fields() {
		if strings.HasPrefix(m.Name, "x-") {
			continue
		}
		item := s.doc.Resolve(m.Value)
		for _, method := range methods {
			if node := item.Get(method); node != nil {
				op := &operation{method: method, path: m.Name, node: node, item: item, way: w}
				s.inherit(op)
				all[method+" "+template(m.Name)] = op
			}
		}
	}
	return all
}

// inherit adds what the path and the document say to an operation.
func (s *side) inherit(op *operation) {
	for _, from := range []*openapi.Node{op.node, op.item} {
		for _, p := range from.Get("parameters").List() {
			p = s.doc.Resolve(p)
			if !slices.ContainsFunc(op.params, func(q *openapi.Node) bool {
				return q.Get("name").Str() == p.Get("name").Str() && q.Get("in").Str() == p.Get("in").Str()
			}) {
				op.params = append(op.params, p)
			}
		}
	}
	for _, from := range []*openapi.Node{s.doc.Root, op.item, op.node} {
		if servers := from.Get("servers"); servers != nil && len(servers.Items) > 0 {
			op.servers, op.serverNode = serverURLs(servers), servers
		}
	}
	if len(op.servers) == 0 {
		op.servers = []string{""}
	}
	op.security = s.doc.Root.Get("security")
	if own := op.node.Get("security"); own != nil {
		op.security = own
	}
}

// document compares everything.
func (c *comparer) document() {
	o, n := c.old.doc.Root, c.new.doc.Root
	c.fields(spot{where: "document"}, "document", o, n)
	c.fields(spot{where: "info"}, "info", o.Get("info"), n.Get("info"))
	c.components(o.Get("components"), n.Get("components"))
	c.paths(o, n)
	c.webhooks(o, n)
	c.retired(o, n)
}

func (c *comparer) paths(o, n *openapi.Node) {
	olds, news := c.old.operations(o.Get("paths"), send), c.new.operations(n.Get("paths"), send)
	pairs := c.pair(olds, news)
	c.servers(pairs)
	for _, key := range slices.Sorted(maps.Keys(olds)) {
		op := olds[key]
		if partner := pairs[op]; partner != nil {
			c.guarded(spot{way: op.way, where: op.String()}, func() { c.operation(op, partner) })
			continue
		}
		c.removed(op, news, pairs)
	}
	taken := map[*operation]bool{}
	for _, partner := range pairs {
		taken[partner] = true
	}
	for _, key := range slices.Sorted(maps.Keys(news)) {
		if op := news[key]; !taken[op] {
			c.note(spot{where: op.String()}, "operation-added", Allowed, nil, op.node, op.String()+" is new")
		}
	}
	for _, name := range keys(fieldMap(o.Get("paths")), fieldMap(n.Get("paths"))) {
		c.fields(spot{where: name}, "path", c.old.doc.Resolve(o.Get("paths").Get(name)), c.new.doc.Resolve(n.Get("paths").Get(name)))
	}
}

func fieldMap(n *openapi.Node) map[string]*openapi.Node {
	m := map[string]*openapi.Node{}
	for _, f := range n.Fields() {
		m[f.Name] = f.Value
	}
	return m
}

// pair finds the operation of the new document that an old one has become: that of the same method and path, or else of the same URL.
func (c *comparer) pair(olds, news map[string]*operation) map[*operation]*operation {
	pairs := map[*operation]*operation{}
	urls := map[string]*operation{}
	for key, op := range news {
		if olds[key] == nil {
			for _, base := range op.servers {
				urls[op.method+" "+base+template(op.path)] = op
			}
		}
	}
	for key, op := range olds {
		if pairs[op] = news[key]; pairs[op] != nil {
			continue
		}
		for _, base := range op.servers {
			if found := urls[op.method+" "+base+template(op.path)]; found != nil {
				pairs[op] = found
			}
		}
		if pairs[op] == nil {
			delete(pairs, op)
		}
	}
	return pairs
}

// removed reports an operation that is gone, unless its sunset was announced and is past.
func (c *comparer) removed(op *operation, news map[string]*operation, pairs map[*operation]*operation) {
	at := spot{where: op.String()}
	sunset := sunsetOf(op)
	if day, ok := date(sunset); ok && !c.options.Now.Before(day) {
		c.note(at, "operation-removed", Allowed, op.node, nil, fmt.Sprintf("%s is gone; its sunset was %s", op, sunset.Text))
		return
	}
	what, movedTo := op.String()+" is gone", ""
	taken := map[*operation]bool{}
	for _, partner := range pairs {
		taken[partner] = true
	}
	for _, key := range slices.Sorted(maps.Keys(news)) {
		moved := news[key]
		if id := op.node.Get("operationId").Str(); !taken[moved] && id != "" && id == moved.node.Get("operationId").Str() {
			movedTo = fmt.Sprintf("; it looks as if it was moved to %s, and nobody who uses the old address learns of that", moved)
		}
	}
	switch {
	case sunset != nil:
		what += fmt.Sprintf(" before its sunset, %s", sunset.Str())
	default:
		what += ", and no sunset was announced for it"
	}
	c.note(at, "operation-removed", Breaking, op.node, nil, what+movedTo)
}

// webhooks compares what the provider sends by itself.
func (c *comparer) webhooks(o, n *openapi.Node) {
	olds, news := fieldMap(o.Get("webhooks")), fieldMap(n.Get("webhooks"))
	maps.Copy(olds, fieldMap(o.Get("x-webhooks")))
	maps.Copy(news, fieldMap(n.Get("x-webhooks")))
	for _, name := range keys(olds, news) {
		at := spot{way: read, where: "webhook " + name}
		switch {
		case olds[name] == nil:
			c.note(at, "webhook-added", Allowed, nil, news[name], "the webhook is new")
		case news[name] == nil:
			c.note(at, "webhook-removed", Breaking, olds[name], nil, "the webhook "+name+" is gone")
		default:
			c.item(at, "webhook", c.old.doc.Resolve(olds[name]), c.new.doc.Resolve(news[name]))
		}
	}
}

// item compares a path item whose requests the provider sends.
func (c *comparer) item(at spot, what string, o, n *openapi.Node) {
	key := fmt.Sprint("item ", at.way, o.ID, n.ID) // one may call back to itself
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	c.fields(at, "path", o, n)
	for _, method := range methods {
		a, b := o.Get(method), n.Get(method)
		switch {
		case a == nil && b == nil:
		case a == nil:
			c.note(at, what+"-added", Allowed, nil, b, fmt.Sprintf("%s of it is new", strings.ToUpper(method)))
		case b == nil:
			c.note(at, what+"-removed", Breaking, a, nil, fmt.Sprintf("%s of it is gone", strings.ToUpper(method)))
		default:
			x := &operation{method: method, path: at.where, node: a, item: o, way: read}
			y := &operation{method: method, path: at.where, node: b, item: n, way: read}
			c.old.inherit(x)
			c.new.inherit(y)
			if a.Get("security") == nil && b.Get("security") == nil { // that of the document is for who calls the provider
				x.security, y.security = nil, nil
			}
			c.operation(x, y)
		}
	}
}
