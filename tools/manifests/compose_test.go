package manifests

import (
	"context"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// awkward is a secret with what Compose could take for something else.
const awkward = `s$cr$$t ${HOME} "quoted" 'x' # \n`

// load loads a file as Compose does: schema, interpolation and all. Every variable that it refers to is set, apart from missing.
func load(ctx context.Context, text, missing string) (*types.Project, error) {
	details := types.ConfigDetails{
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: []byte(text)}},
		Environment: types.Mapping{},
	}
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "#   "); ok && name != missing {
			details.Environment[name] = awkward
		}
	}
	return loader.LoadWithContext(ctx, details, func(o *loader.Options) { o.SetProjectName("test", false) })
}

// TestCompose loads the files as Compose does.
func TestCompose(t *testing.T) {
	for _, f := range written(t, "compose") {
		project, err := load(t.Context(), f.text, "")
		if err != nil {
			t.Errorf("%s: %v", f.from, err)
			continue
		}
		published := 0
		for name, s := range project.Services {
			published += len(s.Ports)
			if name == "postgres" || name == "nats" {
				continue
			}
			if !s.ReadOnly || s.User != "65532:65532" || len(s.CapDrop) != 1 || s.HealthCheck == nil || s.Deploy.Resources.Limits.MemoryBytes == 0 {
				t.Errorf("%s: service %s: read_only %v, user %q, cap_drop %v", f.from, name, s.ReadOnly, s.User, s.CapDrop)
			}
			if key := s.Environment["SPINOFF_IDENTITY_KEY"]; key == nil || *key != awkward {
				t.Errorf("%s: service %s: the identity key is not what .env says", f.from, name)
			}
		}
		if published != 1 {
			t.Errorf("%s publishes %d ports, want that of the front", f.from, published)
		}
		if _, err := load(t.Context(), f.text, "SPINOFF_IDENTITY_KEY"); err == nil || !strings.Contains(err.Error(), "SPINOFF_IDENTITY_KEY") {
			t.Errorf("%s without SPINOFF_IDENTITY_KEY: got %v, want an error that names it", f.from, err)
		}
		if _, err := load(t.Context(), strings.Replace(f.text, "read_only:", "readonly:", 1), ""); err == nil {
			t.Errorf("%s: a field that there is not is not seen", f.from)
		}
	}
}

// TestComposeValues: a value of a placement arrives as it was.
func TestComposeValues(t *testing.T) {
	const want = `it's "100%" $(HOME) \ $HOME` // in the placement of the golden files
	for _, f := range written(t, "compose") {
		if !strings.Contains(f.from, "apart/compose") {
			continue
		}
		project, err := load(t.Context(), f.text, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := project.Services["goods"].Environment["CATALOGUE_GREETING"]; got == nil || *got != want {
			t.Errorf("CATALOGUE_GREETING is %v, want %q", got, want)
		}
		return
	}
	t.Error("the golden file is not there")
}
