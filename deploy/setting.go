package deploy

import (
	"maps"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
)

// setting is a variable of a process: Value, or the value that goes by the name Secret, or both, where the secret stands in Value for [secretHere].
type setting struct{ Name, Value, Secret string }

// secretHere is where a secret goes within a value. No value has it otherwise: a control character is refused.
const secretHere = "\x00"

// network is what a target of a plan says about the way between processes.
type network struct {
	host func(*place) string // name and port under which others reach a process
	keys bool                // whether others than the project could reach it too, so that calls need keys
}

// settings returns the variables of a process, in the order in which they are written.
func (o *place) settings(n network) []setting {
	all := []setting{}
	if hosts := o.hosts(n); len(hosts) > 0 {
		all = append(all, setting{Name: "SPINOFF_HOSTS", Value: strings.Join(hosts, ",")})
	}
	for _, name := range o.secrets(n) {
		all = append(all, setting{Name: name, Secret: name})
	}
	for _, t := range o.targets {
		one := setting{Name: spinoff.Variable(t.Name), Value: "http://" + n.host(t.to) + t.to.prefix(t.App)}
		if n.keys && len(t.Provides) > 0 {
			one.Secret = secretVariable(t.Name, t.consumer)
			one.Value = strings.Replace(one.Value, "://", "://"+t.consumer+":"+secretHere+"@", 1)
		}
		all = append(all, one)
	}
	env := maps.Clone(o.plan.Env)
	if env == nil {
		env = map[string]string{}
	}
	maps.Copy(env, o.Env)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		all = append(all, setting{Name: name, Value: env[name]})
	}
	return all
}

// hosts returns the names, without ports, under which the process is asked.
func (o *place) hosts(n network) (hosts []string) {
	if o.IsFront && o.plan.Front.Host != "" {
		hosts = append(hosts, o.plan.Front.Host)
	}
	name, _, _ := strings.Cut(n.host(o), ":")
	if n.keys {
		hosts = append(hosts, name)
	}
	return hosts
}

// secrets returns the names of the variables whose whole value is secret.
func (o *place) secrets(n network) []string {
	named := slices.Concat(o.plan.Secrets, o.Secrets)
	shared := func(a spinoff.App) bool {
		return a.Data != nil && !slices.Contains(named, strings.ToUpper(a.Name)+"_DATABASE_URL")
	}
	var all []string
	if o.Database == Postgres && slices.ContainsFunc(o.apps, shared) {
		all = append(all, "DATABASE_URL")
	}
	if o.plan.NATS && slices.ContainsFunc(o.apps, hasEvents) {
		all = append(all, "NATS_URL")
	}
	if n.keys {
		all = append(all, "SPINOFF_IDENTITY_KEY")
		if o.plan.Monitor != "" {
			all = append(all, "SPINOFF_METRICS_KEY")
		}
		for _, a := range o.apps {
			if len(a.Provides) > 0 {
				all = append(all, keysVariable(a.Name))
			}
		}
	}
	return slices.Concat(all, o.plan.Secrets, o.Secrets)
}

// prefix is where an app lives in the process: at the root where it is alone there, else under its path.
func (o *place) prefix(a spinoff.App) string {
	if len(o.apps) == 1 {
		return ""
	}
	return strings.TrimSuffix(a.Path, "/")
}
