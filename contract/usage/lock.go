package usage

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
)

// LockFile is the name of the file in which an app keeps what it needs of others.
const LockFile = "contracts.lock.json"

// Lock is what one app needs of the services of others: as its source says, as far as that can be seen. Providers collect the locks of their consumers, and
// remove nothing that one of them names.
type Lock struct {
	App  string      `json:"app"`
	Uses []LockedUse `json:"uses"` // by service, version and endpoint
}

// LockedUse is one endpoint that an app needs.
type LockedUse struct {
	Service  string   `json:"service"`  // "faq"
	Version  int      `json:"version"`  // 2
	Endpoint string   `json:"endpoint"` // "create"; "*" where the app says that it uses the version and no call was found
	Contract string   `json:"contract"` // hash of the frozen contract; "" where it is not released
	Sends    []string `json:"sends"`    // fields of the request; "*" is perhaps any
	Reads    []string `json:"reads"`    // fields of the answer; "*" is perhaps any
}

// Name returns the full name of the endpoint: "faq.v2.create".
func (u LockedUse) Name() string {
	return spinoff.Service{Name: u.Service, Version: u.Version}.String() + "." + u.Endpoint
}

// MakeLock reads the source of an app in folder, and returns what it needs of others. uses are the services that it declares to use, and hash
// returns that of a frozen contract.
func MakeLock(ctx context.Context, app string, uses []spinoff.Service, folder string, hash func(spinoff.Service) string) (Lock, error) {
	l := Lock{App: app, Uses: []LockedUse{}}
	s, err := readSource(ctx, folder)
	if err != nil {
		return l, err
	}
	all := s.touches()
	for _, e := range s.endpoints(app) {
		use := lockedUse(e.Service, strings.TrimPrefix(e.FullName(), e.Service.String()+"."), hash)
		if !e.whole {
			use.Sends, use.Reads = s.names(e.in, all, true), s.names(e.out, all, false)
		}
		l.Uses = append(l.Uses, use)
	}
	for _, service := range uses {
		if !slices.ContainsFunc(l.Uses, func(u LockedUse) bool { return u.Service == service.Name && u.Version == service.Version }) {
			l.Uses = append(l.Uses, lockedUse(service, everything, hash))
		}
	}
	slices.SortFunc(l.Uses, func(a, b LockedUse) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	return l, nil
}

func lockedUse(s spinoff.Service, endpoint string, hash func(spinoff.Service) string) LockedUse {
	return LockedUse{s.Name, s.Version, endpoint, hash(s), []string{everything}, []string{everything}}
}

// Text returns the lock as it stands in its file: one endpoint a line.
func (l Lock) Text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n  \"app\": %q,\n  \"uses\": [", l.App)
	for i, u := range l.Uses {
		b.WriteString([]string{"\n    ", ",\n    "}[min(i, 1)])
		text, err := json.Marshal(u)
		if err != nil { // only strings and an integer are in it
			panic(err)
		}
		b.Write(text)
	}
	b.WriteString("\n  ]\n}\n")
	return b.Bytes()
}

// Needs reports whether the app needs an endpoint, "faq.v2.create".
func (l Lock) Needs(name string) bool {
	return slices.ContainsFunc(l.Uses, func(u LockedUse) bool {
		return u.Name() == name || u.Endpoint == everything && strings.HasPrefix(name, strings.TrimSuffix(u.Name(), everything))
	})
}

// ReadLock reads a lock file. The error is [fs.ErrNotExist] where there is none.
func ReadLock(path string) (Lock, error) {
	var l Lock
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return l, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil || l.App == "" {
		return l, fmt.Errorf("%s is no lock file, which \"contract lock\" writes: %w", path, cmp.Or(err, errors.New("it names no app")))
	}
	return l, nil
}

// CollectLocks reads the lock files that patterns name, such as "../*/contracts.lock.json". A pattern that finds nothing is an error: a lock that is not
// found must not look like an endpoint that nobody needs.
func CollectLocks(patterns []string) ([]Lock, error) {
	var locks []Lock
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err == nil && len(paths) == 0 {
			err = fs.ErrNotExist
		}
		if err != nil {
			return nil, fmt.Errorf("lock files %s: %w", pattern, err)
		}
		for _, path := range paths {
			l, err := ReadLock(path)
			if err != nil {
				return nil, err
			}
			locks = append(locks, l)
		}
	}
	return locks, nil
}
