package deploy_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/deploy"
)

var update = flag.Bool("update", false, "write the golden files anew")

type word struct {
	Word string `json:"word"`
}

// database stands for a database that nobody opens.
type database struct{ spinoff.Database }

// app returns an app with a database, an endpoint, and what it uses.
func app(name string, uses ...string) spinoff.App {
	ask := spinoff.Endpoint[word, word]{Service: spinoff.Service{Name: name, Version: 1}, Route: "POST /ask"}
	a := spinoff.App{Name: name, Title: name, Path: "/" + name + "/", Data: database{}}
	a.Provides = []spinoff.Handler{ask.Serve(func(_ context.Context, in word) (word, error) { return in, nil })}
	for _, used := range uses {
		a.Uses = append(a.Uses, spinoff.Service{Name: used, Version: 1})
	}
	return a
}

// project is a shop: the site uses the catalogue and the basket; basket and billing use each other and the catalogue, and have events; nobody calls the till, which
// has endpoints and no database.
func project() []spinoff.App {
	site, basket, billing, till := app("site", "catalogue", "basket"), app("basket", "billing", "catalogue"), app("billing", "basket", "catalogue"), app("till", "billing")
	site.Path, site.Team, site.Provides, site.SignIn = "/", "Front End", nil, &spinoff.SignIn{}
	basket.Publishes, billing.Consumes = make([]spinoff.Announcement, 1), make([]spinoff.Consumer, 1)
	till.Data = nil
	return []spinoff.App{site, app("catalogue"), basket, billing, till}
}

// targets are what is written for a plan, by name.
var targets = map[string]func(*deploy.Plan) ([]deploy.File, error){
	"kubernetes": (*deploy.Plan).Kubernetes, "compose": (*deploy.Plan).Compose, "procfile": (*deploy.Plan).Procfile, "systemd": (*deploy.Plan).Systemd,
}

func planOf(t *testing.T, placement string) *deploy.Plan {
	t.Helper()
	p, err := deploy.Read("placement.yaml", "shop", []byte(placement))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := deploy.New("shop", project(), p)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func filesOf(t *testing.T, plan *deploy.Plan, target string) []deploy.File {
	t.Helper()
	files, err := targets[target](plan)
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	return files
}

// TestGolden compares what is written for each placement in testdata, and for the one to begin with, with what was reviewed.
func TestGolden(t *testing.T) {
	apart, err := os.ReadFile("testdata/apart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	together, err := deploy.New("shop", project(), deploy.Together("shop", project()))
	if err != nil {
		t.Fatal(err)
	}
	for name, plan := range map[string]*deploy.Plan{"apart": planOf(t, string(apart)), "together": together} {
		for target := range targets {
			for _, f := range filesOf(t, plan, target) {
				golden(t, filepath.Join("testdata", name, target, f.Name), f.Text)
			}
		}
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not as it was (-was +is); go test ./deploy -update writes it anew:\n%s", path, diff)
	}
}

// TestExample: what "deploy placement" prints is a placement that fits, whether or not an app lives at the root.
func TestExample(t *testing.T) {
	rootless := project()
	rootless[0].Path = "/site/"
	for name, apps := range map[string][]spinoff.App{"as it is": project(), "without an app at the root": rootless, "one app": {app("till")}} {
		text, err := deploy.Example("shop", "shop", apps)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(text), uncommented(string(text))} {
			p, err := deploy.Read("placement.yaml", "shop", []byte(text))
			if err != nil {
				t.Fatalf("%s: Read(Example()): %v\n%s", name, err, text)
			}
			plan, err := deploy.New("shop", apps, p)
			if err != nil {
				t.Fatalf("%s: New(Example()): %v\n%s", name, err, text)
			}
			for target := range targets {
				filesOf(t, plan, target)
			}
		}
	}
}

// uncommented takes what is commented out into use, apart from what excludes what is there.
func uncommented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		shown := strings.TrimLeft(line, " ")
		if rest, ok := strings.CutPrefix(shown, "# "); ok && strings.Contains(rest, ": ") && !strings.HasPrefix(rest, "Which") &&
			!strings.HasPrefix(rest, "autoscale") && !strings.HasPrefix(rest, "database") {
			line = line[:len(line)-len(shown)] + rest
		}
		b.WriteString(line)
	}
	return b.String()
}
