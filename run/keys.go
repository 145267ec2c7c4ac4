package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/keys"
)

// keysVariable returns the variable with the keys of an app: "FAQ_KEYS" for "faq".
func keysVariable(app string) string { return strings.ToUpper(app) + "_KEYS" }

// keysFile returns the file with the keys of an app, and whether the environment names it.
func (o Options) keysFile(app string) (file string, named bool) {
	if file := o.Environ(keysVariable(app) + "_FILE"); file != "" {
		return file, true
	}
	return filepath.Join(o.Data, "keys", app+".keys"), false
}

// keysUsed returns the file that says which keys of an app were used when.
func (o Options) keysUsed(app string) string { return filepath.Join(o.Data, "keys", app+".used") }

// addKeys reads the keys of those who may call an app over HTTP.
func (p *Process) addKeys(a *placed) error {
	if len(a.Provides) == 0 {
		return nil
	}
	value := p.options.Environ(keysVariable(a.Name))
	if _, err := keys.Parse(value); err != nil {
		return fmt.Errorf("%s: %w", keysVariable(a.Name), err)
	}
	file, named := p.options.keysFile(a.Name)
	ring, err := keys.NewRing(keys.Settings{Value: value, File: file, Required: named, Used: p.options.keysUsed(a.Name), Log: a.log})
	if err != nil {
		return fmt.Errorf("keys of app %s: %w", a.Name, err)
	}
	a.keys = ring
	a.provider.SetKeys(ring)
	return nil
}

// identityFile is where the keys lie that processes of one project on one machine share.
const identityFile = "identity.key"

// openIdentity opens what says who somebody is: the keys of consumers, and the keys of the project, which are made where people sign in or consumers have keys.
func (p *Process) openIdentity(ctx context.Context) error {
	needed := p.signIn() != nil || p.options.Environ("SPINOFF_IDENTITY_KEY") != ""
	for _, a := range p.apps {
		needed = needed || a.keys.Asks() || a.hasKey()
	}
	file := filepath.Join(p.options.Data, identityFile)
	if _, err := os.Stat(file); needed || err == nil {
		identity, err := p.loadIdentity(file)
		if err != nil {
			return err
		}
		*p.identity = *identity
	}
	for _, a := range p.apps {
		if a.keys == nil {
			continue
		}
		if err := a.keys.Open(ctx); err != nil {
			return err
		}
		p.open = append(p.open, a.keys)
	}
	return nil
}

// hasKey reports whether this process has a key of its own for an app elsewhere.
func (a *placed) hasKey() bool {
	_, _, ok := a.base().Key()
	return ok
}

func (p *Process) loadIdentity(file string) (*call.Identity, error) {
	text := p.options.Environ("SPINOFF_IDENTITY_KEY")
	if text == "" {
		return call.LoadIdentity(file, p.options.Now)
	}
	identity, err := call.ParseIdentity(text, p.options.Now)
	if err != nil {
		return nil, fmt.Errorf("SPINOFF_IDENTITY_KEY: %w", err)
	}
	return identity, nil
}
