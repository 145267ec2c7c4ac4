package diff_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// large writes a document of many operations, each with types of its own, which refer to each other and to shared ones. Limit is in every tenth
// of them, and in a shared one.
func large(operations, limit int) string {
	var paths, schemas []string
	for i := range operations {
		paths = append(paths, fmt.Sprintf(`"/things%d/{id}":{"post":{"operationId":"op%d","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"page","in":"query","schema":{"type":"integer","minimum":0}}],
"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/New%d"}}}},
"responses":{"200":{"description":"ok","headers":{"ETag":{"schema":{"type":"string"}}},"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing%d"}}}},"default":{"$ref":"#/components/responses/Problem"}}}}`, i, i, i, i))
		length := 80
		if i%10 == 0 {
			length = limit
		}
		schemas = append(schemas,
			fmt.Sprintf(`"New%d":{"type":"object","additionalProperties":false,"required":["title"],"properties":{"title":{"type":"string","minLength":1,"maxLength":%d},"tags":{"type":"array","items":{"type":"string"},"maxItems":10},"shared":{"$ref":"#/components/schemas/Shared"}}}`, i, length),
			fmt.Sprintf(`"Thing%d":{"type":"object","required":["id","title"],"properties":{"id":{"type":"integer","format":"int64"},"title":{"type":"string"},"state":{"type":"string","x-extensible-enum":["open","closed"]},"at":{"type":"string","format":"date-time"},"next":{"anyOf":[{"$ref":"#/components/schemas/Thing%d"},{"type":"null"}]},"shared":{"$ref":"#/components/schemas/Shared"}}}`, i, (i+1)%operations))
	}
	return `{"openapi":"3.1.1","info":{"title":"large","version":"1"},"paths":{` + strings.Join(paths, ",\n") + `},
"components":{"responses":{"Problem":{"description":"wrong","content":{"application/problem+json":{"schema":{"type":"object","properties":{"type":{"type":"string"}}}}}}},
"schemas":{` + strings.Join(schemas, ",\n") + fmt.Sprintf(`,"Shared":{"type":"object","properties":{"name":{"type":"string","maxLength":%d}}}}}}`, limit)
}

// BenchmarkLarge reads and compares documents of 1,000 operations, of which some have changed, and prints the memory in use at the end.
func BenchmarkLarge(b *testing.B) {
	old, changed := []byte(large(1000, 80)), []byte(large(1000, 81))
	b.SetBytes(int64(len(old) + len(changed)))
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		x, err := openapi.Parse("old", old)
		if err != nil {
			b.Fatal(err)
		}
		y, err := openapi.Parse("new", changed)
		if err != nil {
			b.Fatal(err)
		}
		if r := diff.Compare(x, y, diff.Options{Now: today}); r.Verdict() != diff.Breaking {
			b.Fatalf("verdict %s, want breaking", r.Verdict())
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Sys-before.Sys)/1e6, "MB-more-from-system")
}
