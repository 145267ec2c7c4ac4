package usage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
)

// Retired is the tombstone of an endpoint: an entry of "x-retired" in the frozen contract of its version. It keeps the path from being used again.
type Retired struct {
	Path      string `json:"path"`                // with its version: "/v2/create"
	Method    string `json:"method"`              // in lower case, as OpenAPI has it: "post"
	On        string `json:"on"`                  // the day on which it went
	Successor string `json:"successor,omitempty"` // "faq.v3.create"; "" where nothing takes its place
}

// Of returns the version and the route of the endpoint.
func (r Retired) Of() (version int, route string, err error) {
	first, rest, ok := strings.Cut(strings.TrimPrefix(r.Path, "/v"), "/")
	version, err = strconv.Atoi(first)
	if err != nil || !ok || version < 1 || r.Method == "" || r.Method != strings.ToLower(r.Method) {
		return 0, "", fmt.Errorf("%q %q is no retired endpoint; one looks like \"post\" \"/v2/create\"", r.Method, r.Path)
	}
	if _, err := time.Parse(time.DateOnly, r.On); err != nil {
		return 0, "", fmt.Errorf("%s was retired on %q, which is no day; one looks like \"2027-05-01\"", r.Path, r.On)
	}
	return version, strings.ToUpper(r.Method) + " /" + rest, nil
}

// TombstonesIn reads the tombstones in the frozen contracts of an app, such as "faqv1/contract.json". A nil contracts has none.
func TombstonesIn(app string, contracts fs.FS) ([]Retired, error) {
	var all []Retired
	err := frozen(contracts, func(name string, text []byte) error {
		var document struct {
			Service string    `json:"x-service"`
			Retired []Retired `json:"x-retired"`
		}
		if err := json.Unmarshal(text, &document); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, r := range document.Retired {
			version, _, err := r.Of()
			if service := (spinoff.Service{Name: app, Version: version}).String(); err == nil && document.Service != service {
				err = fmt.Errorf("it is the contract of %s, and has the tombstone of %s, which is of %s", document.Service, r.Path, service)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		all = append(all, document.Retired...)
		return nil
	})
	return all, err
}

// Bury takes an endpoint out of a document and leaves its tombstone. It reports whether the endpoint was there.
func Bury(d contract.Document, r Retired) bool {
	paths, _ := d["paths"].(map[string]any)
	item, _ := paths[r.Path].(map[string]any)
	_, there := item[r.Method]
	delete(item, r.Method)
	if len(item) == 0 {
		delete(paths, r.Path)
	}
	tombstone := map[string]any{"path": r.Path, "method": r.Method, "on": r.On}
	if r.Successor != "" {
		tombstone["successor"] = r.Successor
	}
	tombstones, _ := d["x-retired"].([]any)
	d["x-retired"] = append(tombstones, tombstone)
	return there
}

// Announced is an endpoint in a frozen contract, with what the contract says of its end.
type Announced struct {
	Path, Method string
	Deprecated   *spinoff.Deprecation
}

// Announcements returns the endpoints in a frozen contract, by their short names, such as "create".
func Announcements(d contract.Document) map[string]Announced {
	all := map[string]Announced{}
	paths, _ := d["paths"].(map[string]any)
	for path, item := range paths {
		methods, _ := item.(map[string]any)
		for method, value := range methods {
			operation, _ := value.(map[string]any)
			name, _ := operation["operationId"].(string)
			a := Announced{Path: path, Method: method}
			if end, ok := operation["x-deprecated"].(map[string]any); ok {
				on, _ := end["on"].(string)
				sunset, _ := end["sunset"].(string)
				successor, _ := end["successor"].(string)
				a.Deprecated = &spinoff.Deprecation{On: on, Sunset: sunset, Successor: successor}
			}
			all[name] = a
		}
	}
	return all
}

// frozen calls do for each frozen contract of an app.
func frozen(contracts fs.FS, do func(name string, text []byte) error) error {
	if contracts == nil {
		return nil
	}
	return fs.WalkDir(contracts, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case e.IsDir() || path.Base(name) != "contract.json":
			return nil
		}
		text, err := fs.ReadFile(contracts, name)
		if err != nil {
			return err
		}
		return do(name, text)
	})
}
