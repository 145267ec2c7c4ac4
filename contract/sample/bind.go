package sample

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Bind names the places in earlier answers from which the requests of a recorded story took their values, so that it can be played where these are
// others: ids and what else names things, in the path and as whole texts of headers and bodies. The answers are those that were recorded.
func (s *Story) Bind() {
	for i := range s.Steps {
		q := &s.Steps[i].Request
		for j := i - 1; j >= 0; j-- {
			places := s.Steps[j].Answer.places()
			for _, place := range slices.Sorted(maps.Keys(places)) {
				q.bind(places[place], fmt.Sprintf("{{%d.%s}}", j+1, place))
			}
		}
	}
}

func (q *Request) bind(value, name string) {
	path, query, asked := strings.Cut(q.Path, "?")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if i > 1 && part == inURL(value) { // the first is the version
			parts[i] = name
		}
	}
	q.Path = strings.Join(parts, "/")
	if asked {
		pairs := strings.Split(query, "&")
		for i, pair := range pairs {
			if key, one, _ := strings.Cut(pair, "="); one == inURL(value) && len(value) > 3 {
				pairs[i] = key + "=" + name
			}
		}
		q.Path += "?" + strings.Join(pairs, "&")
	}
	for header, text := range q.Header {
		if text == value {
			q.Header[header] = name
		}
	}
	if quoted, err := encode(value); err == nil && len(value) > 3 && q.Body != nil {
		q.Body = json.RawMessage(strings.ReplaceAll(string(q.Body), string(quoted), `"`+name+`"`))
	}
}

// naming are the fields whose values name things that later requests are about.
var naming = []string{"id", "number", "slug", "secret", "token", "next"}

// places returns the values of an answer that name something, by their places.
func (a Answer) places() map[string]string {
	all := map[string]string{}
	if tag := a.Header["Etag"]; tag != "" {
		all["ETag"] = tag
	}
	var walk func(place, name string, value any)
	walk = func(place, name string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name, one := range value {
				walk(strings.TrimPrefix(place+"."+name, "."), name, one)
			}
		case []any:
			for i, one := range value {
				walk(strings.TrimPrefix(fmt.Sprintf("%s.%d", place, i), "."), "", one)
			}
		case json.Number, string:
			if text := fmt.Sprint(value); text != "" && (slices.Contains(naming, name) || strings.HasSuffix(name, "_id")) {
				all[place] = text
			}
		}
	}
	walk("", "", decode(a.Body))
	return all
}
