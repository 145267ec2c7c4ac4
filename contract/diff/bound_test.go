package diff_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/diff"
)

// TestEnds: documents that a careless comparer would never come to the end of.
func TestEnds(t *testing.T) {
	const head = "openapi: 3.1.1\ninfo: {title: a, version: '1'}\n"
	webs := func(limit int) string { // each schema is one of all the others, and each has a field that is all of them at once
		const names = 24
		text := head + "paths: {/a: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}}}\ncomponents: {schemas: {\n"
		for i := range names {
			var branches []string
			for j := range names {
				branches = append(branches, fmt.Sprintf("{$ref: '#/components/schemas/S%d'}", j))
			}
			all := strings.Join(branches, ", ")
			text += fmt.Sprintf("S%d: {anyOf: [%s], properties: {p: {oneOf: [%s]}, s: {type: string, maxLength: %d}}},\n", i, all, all, limit+i)
		}
		return text + "}}"
	}
	callback := func(limit int) string {
		return head + fmt.Sprintf("paths: {/a: {post: &again {requestBody: {content: {application/json: {schema: {type: string, maxLength: %d}}}}, "+
			"callbacks: {done: {'{$url}': {$ref: '#/paths/~1a'}}}}}}", limit)
	}
	for _, c := range []struct{ name, old, changed string }{
		{"a callback that calls back to itself", callback(9), callback(8)},
		{"alternatives of alternatives", webs(9), webs(8)},
	} {
		if r := compare(t, c.old, c.changed); r.Verdict() < diff.Unknown {
			t.Errorf("%s: verdict %s, want breaking or unknown (%s)", c.name, r.Verdict(), rules(r))
		}
	}
}
