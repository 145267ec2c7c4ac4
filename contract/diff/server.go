package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// mostServers is how many URLs one server may stand for by its variables; those beyond it are written with the variable.
const mostServers = 200

// serverURLs writes out the servers, one URL for each value of their variables. A variable without a list is free: it is kept, with its default.
func serverURLs(servers *openapi.Node) []string {
	var all []string
	for _, s := range servers.List() {
		urls := []string{baseURL(s.Get("url").Str())}
		for _, v := range s.Get("variables").Fields() {
			values := v.Value.Get("enum").Strings()
			if len(values) == 0 || len(values)*len(urls) > mostServers {
				values = []string{"{=" + v.Value.Get("default").Str() + "}"}
			}
			var next []string
			for _, url := range urls {
				for _, value := range values {
					next = append(next, strings.ReplaceAll(url, "{"+v.Name+"}", value))
				}
			}
			urls = next
		}
		all = append(all, urls...)
	}
	return all
}

// baseURL writes the URL of a server in one form: scheme and host in lower case, without the port that the scheme has anyway, and without a slash
// at its end (RFC 3986, 6.2).
func baseURL(url string) string {
	url = strings.TrimSuffix(url, "/")
	scheme, rest, absolute := strings.Cut(url, "://")
	if !absolute {
		return url
	}
	host, path, hasPath := strings.Cut(rest, "/")
	var lower strings.Builder
	for host != "" { // names of variables keep their case
		before, after, _ := strings.Cut(host, "{")
		name, behind, closed := strings.Cut(after, "}")
		lower.WriteString(strings.ToLower(before))
		if closed {
			lower.WriteString("{" + name + "}")
		}
		host = behind
	}
	scheme = strings.ToLower(scheme)
	url = scheme + "://" + strings.TrimSuffix(lower.String(), map[string]string{"http": ":80", "https": ":443"}[scheme])
	if hasPath {
		url += "/" + path
	}
	return url
}

// defaults returns what the variables of servers are where nothing is said.
func defaults(servers *openapi.Node) []string {
	var all []string
	for _, s := range servers.List() {
		for _, v := range s.Get("variables").Fields() {
			before, after, used := strings.Cut(baseURL(s.Get("url").Str()), "{"+v.Name+"}")
			if used {
				all = append(all, fmt.Sprintf("%s of %s", v.Value.Get("default").Str(), template(before)+"{}"+template(after)))
			}
		}
	}
	slices.Sort(all)
	return all
}

// servers compares where operations answer. What concerns many operations is said once.
func (c *comparer) servers(pairs map[*operation]*operation) {
	byPath := func(a, b *operation) int { return strings.Compare(a.String(), b.String()) }
	for _, o := range slices.SortedFunc(maps.Keys(pairs), byPath) {
		n := pairs[o]
		at := spot{where: "servers"}
		if o.serverNode != nil && o.serverNode != c.old.doc.Root.Get("servers") || n.serverNode != nil && n.serverNode != c.new.doc.Root.Get("servers") {
			at.where = o.String() + ", servers"
		}
		c.serverFields(at, o.serverNode, n.serverNode)
		var gone, come []string
		for _, base := range o.servers {
			if url := base + template(o.path); !slices.ContainsFunc(n.servers, func(b string) bool { return b+template(n.path) == url }) {
				gone = append(gone, orRoot(base))
			}
		}
		for _, base := range n.servers {
			if url := base + template(n.path); !slices.ContainsFunc(o.servers, func(b string) bool { return b+template(o.path) == url }) {
				come = append(come, orRoot(base))
			}
		}
		switch {
		case len(gone) > 0:
			what := "it no longer answers at " + list(gone)
			if len(come) > 0 {
				what += ", but at " + list(come)
			}
			c.note(at, "server-removed", Breaking, o.serverNode, n.serverNode, what)
		case len(come) > 0:
			c.note(at, "server-added", Allowed, o.serverNode, n.serverNode, "it answers at "+list(come)+" too")
		}
		if a, b := defaults(o.serverNode), defaults(n.serverNode); !slices.Equal(a, b) && len(gone)+len(come) == 0 {
			c.note(at, "server-removed", Breaking, o.serverNode, n.serverNode, "a variable of a server has another default: now "+list(b))
		}
	}
}

func orRoot(base string) string {
	if base == "" {
		return "/"
	}
	return base
}

// serverFields compares what else is said of servers that are in both lists.
func (c *comparer) serverFields(at spot, o, n *openapi.Node) {
	for _, was := range o.List() {
		i := slices.IndexFunc(n.List(), func(is *openapi.Node) bool { return is.Get("url").Str() == was.Get("url").Str() })
		if i < 0 {
			continue
		}
		c.fields(at, "server", was, n.Items[i])
		for name, v := range fieldMap(was.Get("variables")) {
			if now := n.Items[i].Get("variables").Get(name); now != nil {
				c.fields(at, "variable", v, now)
			}
		}
	}
}
