package deploy

import (
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
)

// Key is a key that has to be made before a plan can run where others reach its processes: the provider gets the hash of a secret, the consumer the secret.
type Key struct {
	Provider string // app
	Consumer string // app, or [Operator]
	Keys     string // variable with the hashes of the provider's keys: "FAQ_KEYS"
	Secret   string // variable with the secret: "FAQ_SECRET_TICKETS"
}

// Operator is the consumer of an app that no app elsewhere calls. Such an app needs a key all the same: without one, everybody could call it.
const Operator = "operator"

// Keys returns the keys of a plan in a cluster or by Compose, those of one provider side by side.
func (p *Plan) Keys() []Key {
	var all []Key
	for _, a := range p.apps {
		if len(a.Provides) == 0 {
			continue
		}
		var consumers []string
		for _, one := range p.places {
			for _, t := range one.targets {
				if t.Name == a.Name {
					consumers = append(consumers, t.consumer)
				}
			}
		}
		if consumers == nil {
			consumers = []string{Operator}
		}
		for _, consumer := range consumers {
			all = append(all, Key{a.Name, consumer, keysVariable(a.Name), secretVariable(a.Name, consumer)})
		}
	}
	return all
}

func keysVariable(app string) string { return strings.ToUpper(app) + "_KEYS" }

func secretVariable(app, consumer string) string {
	return strings.ToUpper(app) + "_SECRET_" + strings.ToUpper(consumer)
}

// Values returns the names of all variables whose whole value is secret, other than keys of consumers, as a cluster needs them.
func (p *Plan) Values() []string {
	var all []string
	for _, one := range p.places {
		for _, name := range one.secrets(p.inCluster()) {
			isKeys := slices.ContainsFunc(p.apps, func(a spinoff.App) bool { return keysVariable(a.Name) == name })
			if !isKeys && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}
