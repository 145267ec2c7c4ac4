package spinoff_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/spinoff-go/spinoff"

// layers says who may import whom (law 1). A folder may import what its line lists and the standard library, nothing else; the first line
// that matches a folder counts. "./x" is a package of this project and what is below it, "./" the root package alone;
// everything else is a module. Tests may also import what testsMay lists.
var layers = []struct{ folder, may string }{
	// The words and the contracts: the standard library only, so that a consumer pulls in nothing else.
	{".", ""},
	{"apps/*/*v[0-9]*", "./"},

	// The toolkit. It knows no app.
	{"internal/snake", ""},
	{"internal/socket", ""},
	{"shape", "./ ./internal/snake github.com/go-json-experiment/json"},
	{"contract/openapi", "github.com/go-json-experiment/json go.yaml.in/yaml/v4"},
	{"contract/diff", "./contract/openapi"},
	{"contract/docs", "./ ./page"},
	{"contract/sample", ""},
	{"contract/internal/*", "./"},
	{"internal/explore", ""},
	{"internal/lan", "golang.org/x/sys"},
	{"internal/truth", "./ ./contract ./shape github.com/santhosh-tekuri/jsonschema/v6 github.com/dlclark/regexp2"},
	{"contract/client", "./ ./contract/openapi ./internal/snake"},
	{"contract/client/internal/story", "./ ./contract/client ./apps"}, // tests only
	{"contract", "./ ./shape ./internal/snake ./contract/internal"},
	{"conversion", "./ ./shape"},
	{"keys", ""},
	{"trace", ""},
	{"telemetry", "./trace go.opentelemetry.io/otel go.opentelemetry.io/proto/otlp google.golang.org/protobuf golang.org/x/time"},
	{"call", "./ ./keys ./shape ./conversion ./trace github.com/sony/gobreaker/v2"},
	{"data/sqlite", "modernc.org/sqlite"},
	{"data/postgres", "github.com/jackc/pgx/v5"},
	{"data", "./ ./shape ./data/sqlite ./data/postgres ./internal/snake github.com/pressly/goose/v3 github.com/google/uuid"},
	{"contract/usage", "./ ./contract ./data ./internal/snake"},
	{"events/jetstream", "./internal/socket github.com/nats-io/nats-server/v2 github.com/nats-io/nats.go"},
	{"events/internal/faults", "./ ./data ./events"},
	{"events", "./ ./data ./shape ./conversion ./events/jetstream ./trace"},
	{"search", ""},
	{"deploy", "./ go.yaml.in/yaml/v4"},
	{"page", "github.com/yuin/goldmark github.com/microcosm-cc/bluemonday"},
	{"page/internal/gallery", "./page"},
	{"move", ""},
	{"run", "./ ./call ./keys ./contract ./data ./deploy ./events ./events/jetstream ./internal/socket ./move ./page ./shape ./telemetry ./trace github.com/prometheus github.com/spf13/cobra golang.org/x/term"},
	{"spinofftest", "./ ./call ./contract ./conversion ./internal/snake ./run ./shape ./spinofftest/pgtest"},
	{"spinofftest/pgtest", "github.com/jackc/pgx/v5"},
	{"cmd/spinoff", "./run ./contract github.com/spf13/cobra"},
	{"bench/rpc", "./ ./bench/rpc ./bench/workload ./call connectrpc.com/connect google.golang.org/grpc google.golang.org/protobuf"},
	{"bench/rpc/rpcpb", "google.golang.org/protobuf"},
	{"bench/workload", ""},
	{"bench", "./ ./bench/workload ./run ./call ./contract ./data ./events ./events/jetstream modernc.org/sqlite github.com/nats-io/nats.go github.com/nats-io/nats-server/v2"},
	{"examples", ""},
	{"examples/*", "./ ./run"},

	// The apps: the toolkit, themselves, and the contracts of others; see also [otherApp].
	{"apps/tickets/internal/mail", "github.com/jhillyerd/enmime/v2 github.com/microcosm-cc/bluemonday golang.org/x/net golang.org/x/text"},
	{"apps/faq/internal/stackexchange", "golang.org/x/net"},
	{"apps/faqcreator/internal/draft", ""},
	{"apps/*/internal/models", "./ ./data ./search ./apps golang.org/x/crypto golang.org/x/text"},
	{"apps/*/internal/provider", "./ ./data ./search ./apps"},
	{"apps/*/internal/views", "./ ./data ./page ./search ./apps golang.org/x/crypto golang.org/x/net"},
	{"apps/*", "./ ./data ./page ./apps"},

	// The project: a list of apps.
	{"company", "./ ./run ./apps"},
}

// testsMay is what every test may import besides what its folder may.
const testsMay = "./ ./contract ./keys ./internal/explore ./internal/lan ./internal/truth ./spinofftest ./run ./call ./shape ./page ./data ./search github.com/google/go-cmp github.com/rogpeppe/go-internal " +
	"github.com/santhosh-tekuri/jsonschema/v6 " +
	"github.com/prometheus github.com/chromedp github.com/jhillyerd/enmime/v2 modernc.org/sqlite golang.org/x/net github.com/yuin/goldmark github.com/microcosm-cc/bluemonday"

// shapeOfAnApp is what a folder of apps/ has inside (law 2). Contract packages are the app's name with a version; an app without endpoints
// has none and no provider. extra lists the further nouns that one app has, with what each of them is.
var shapeOfAnApp = struct {
	always, withEndpoints []string
	extra                 map[string]string
}{
	always:        []string{"README.md", "app.go", "internal/models", "internal/models/migrations", "internal/views", "internal/views/templates"},
	withEndpoints: []string{"internal/provider"},
	extra: map[string]string{
		"tickets/internal/mail":      "reads mail: pure functions over bytes",
		"faq/internal/stackexchange": "reads the dump of a Stack Exchange site",
		"faqcreator/internal/draft":  "makes a draft of a ticket: pure functions over text",
	},
}

func TestLaw1Layers(t *testing.T) {
	for _, broken := range checkLayers(t, os.DirFS(".")) {
		t.Error(broken)
	}
}

func TestLaw2Shape(t *testing.T) {
	for _, broken := range checkShape(t, os.DirFS(".")) {
		t.Error(broken)
	}
}

// TestLawsCanBeBroken breaks each law on purpose and expects to hear of it.
func TestLawsCanBeBroken(t *testing.T) {
	file := func(imports ...string) *fstest.MapFile {
		text := "package x\n"
		for _, i := range imports {
			text += fmt.Sprintf("import _ %q\n", i)
		}
		return &fstest.MapFile{Data: []byte(text)}
	}
	for _, c := range []struct {
		name string
		file *fstest.MapFile
		want string // part of what is said; empty: nothing is broken
	}{
		{"endpoint.go", file("net/http"), ""},
		{"endpoint.go", file("github.com/spf13/cobra"), "endpoint.go imports github.com/spf13/cobra"},
		{"endpoint.go", file(module + "/call"), "endpoint.go imports " + module + "/call"},
		{"apps/faq/faqv1/x.go", file(module), ""},
		{"apps/faq/faqv1/x.go", file(module + "/apps/tickets/ticketsv1"), "imports " + module + "/apps/tickets/ticketsv1"},
		{"call/x.go", file(module + "/apps/faq/faqv1"), "call/x.go imports " + module + "/apps/faq/faqv1"},
		{"call/x.go", file("github.com/nats-io/nats.go"), "call/x.go imports github.com/nats-io/nats.go"},
		{"apps/tickets/internal/views/x.go", file(module + "/apps/faq/faqv2"), ""},
		{"apps/tickets/internal/views/x.go", file(module + "/apps/tickets/internal/models"), ""},
		{"apps/tickets/internal/views/x.go", file(module + "/apps/faq"), "another app other than through a contract package"},
		{"apps/tickets/internal/views/x.go", file(module + "/apps/faq/internal/models"), "another app other than through a contract package"},
		{"apps/tickets/internal/views/x_test.go", file(module + "/apps/faq/internal/models"), "another app other than through a contract package"},
		{"apps/tickets/internal/views/x.go", file(module + "/run"), "views/x.go imports " + module + "/run"},
		{"newfolder/x.go", file("fmt"), "newfolder has no line in layers"},
	} {
		got := strings.Join(checkLayers(t, fstest.MapFS{c.name: c.file}), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s importing %q: got %q, want %q", c.name, c.file.Data, got, c.want)
		}
	}

	app := func(names ...string) fstest.MapFS {
		tree := fstest.MapFS{}
		for _, name := range names {
			tree["apps/shop/"+name] = file()
		}
		return tree
	}
	whole := []string{"README.md", "app.go", "shopv1/shop.go", "internal/models/models.go", "internal/models/migrations/0001.sql", "internal/provider/provider.go", "internal/views/views.go", "internal/views/templates/list.html"}
	for _, c := range []struct {
		tree fstest.MapFS
		want string
	}{
		{app(whole...), ""},
		{app(whole[1:]...), "apps/shop has no README.md"},
		{app(slices.Delete(slices.Clone(whole), 5, 6)...), "apps/shop has no internal/provider"},
		{app(append(whole, "internal/util/util.go")...), "apps/shop/internal/util is no part of the shape"},
		{app(append(whole, "helpers/x.go")...), "apps/shop/helpers is no part of the shape"},
		{app(append(whole, "faqv1/x.go")...), "apps/shop/faqv1 is no part of the shape"},
	} {
		got := strings.Join(checkShape(t, c.tree), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("shape: got %q, want %q", got, c.want)
		}
	}
}

// checkLayers returns how the Go files of a tree break law 1. It parses them itself: a test that asked the go command would be cached, and go on saying ok.
func checkLayers(t *testing.T, tree fs.FS) (broken []string) {
	t.Helper()
	walk(t, tree, func(name string) {
		if path.Ext(name) != ".go" {
			return
		}
		folder := path.Dir(name)
		may, known := mayImport(folder)
		if !known {
			broken = append(broken, folder+" has no line in layers")
			return
		}
		if strings.HasSuffix(name, "_test.go") {
			may += " " + testsMay
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case otherApp(folder, imported):
				broken = append(broken, fmt.Sprintf("%s imports %s: it reaches another app other than through a contract package", name, imported))
			case !allowed(imported, folder, may):
				broken = append(broken, fmt.Sprintf("%s imports %s, which its folder may not: it may import %q", name, imported, may))
			}
		}
	})
	return broken
}

// mayImport returns the line of layers for a folder.
func mayImport(folder string) (string, bool) {
	for _, l := range layers {
		if ok, err := path.Match(l.folder, folder); err == nil && ok {
			return l.may, true
		}
	}
	return "", false
}

func allowed(imported, folder, may string) bool {
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	if imported == module+"/"+folder { // a test of the package itself
		return true
	}
	for one := range strings.FieldsSeq(may) {
		own, isOwn := strings.CutPrefix(one, "./")
		switch {
		case isOwn && own == "" && imported == module,
			isOwn && own != "" && below(imported, module+"/"+own),
			!isOwn && below(imported, one):
			return true
		}
	}
	return false
}

func below(imported, folder string) bool {
	return imported == folder || strings.HasPrefix(imported, folder+"/")
}

// otherApp reports whether a file of one app imports something of another that is not a contract package.
func otherApp(folder, imported string) bool {
	from, isApp := strings.CutPrefix(folder, "apps/")
	to, isAppToo := strings.CutPrefix(imported, module+"/apps/")
	if !isApp || !isAppToo {
		return false
	}
	from, _, _ = strings.Cut(from, "/")
	app, rest, _ := strings.Cut(to, "/")
	return from != app && !isContract(app, rest)
}

var version = regexp.MustCompile(`^v[1-9][0-9]*$`)

// isContract reports whether a folder of an app is a contract package: faqv2 of faq.
func isContract(app, folder string) bool {
	suffix, ok := strings.CutPrefix(folder, app)
	return ok && version.MatchString(suffix)
}

// checkShape returns how the folders of apps/ break law 2.
func checkShape(t *testing.T, tree fs.FS) (broken []string) {
	t.Helper()
	apps, err := fs.ReadDir(tree, "apps")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range apps {
		app, folder := entry.Name(), "apps/"+entry.Name()
		inside, err := fs.ReadDir(tree, folder)
		if err != nil {
			t.Fatal(err)
		}
		wanted := slices.Clone(shapeOfAnApp.always)
		for _, e := range inside {
			switch {
			case !e.IsDir() || e.Name() == "internal":
			case isContract(app, e.Name()):
				wanted = append(wanted, shapeOfAnApp.withEndpoints...)
			default:
				broken = append(broken, fmt.Sprintf("%s/%s is no part of the shape of an app", folder, e.Name()))
			}
		}
		for _, name := range wanted {
			if _, err := fs.Stat(tree, folder+"/"+name); err != nil {
				broken = append(broken, folder+" has no "+name)
			}
		}
		broken = append(broken, checkInternal(tree, app, wanted)...)
	}
	return broken
}

// checkInternal returns the folders under internal/ of an app that are no part of the shape.
func checkInternal(tree fs.FS, app string, wanted []string) (broken []string) {
	inside, err := fs.ReadDir(tree, "apps/"+app+"/internal")
	if err != nil {
		return nil // said already
	}
	for _, e := range inside {
		name := "internal/" + e.Name()
		if _, extra := shapeOfAnApp.extra[app+"/"+name]; !extra && !slices.Contains(wanted, name) {
			broken = append(broken, fmt.Sprintf("apps/%s/%s is no part of the shape of an app", app, name))
		}
	}
	return broken
}

// walk calls visit for each file of the project.
func walk(t *testing.T, tree fs.FS, visit func(name string)) {
	t.Helper()
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata" || e.Name() == "tools"):
			return fs.SkipDir
		case !e.IsDir():
			visit(name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
