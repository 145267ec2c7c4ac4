package deploy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
)

// Plan is a placement that fits a project: every app is in one process, and every process can do its work. [New] makes one.
type Plan struct {
	Placement
	program string
	apps    []spinoff.App
	places  []*place
}

// place is a process of a plan, with what follows of the project's map.
type place struct {
	Process
	plan    *Plan
	apps    []spinoff.App
	IsFront bool
	targets []target // where the apps that are called from here answer, in the order of the project
}

// target is an app elsewhere that is called from here.
type target struct {
	spinoff.App
	to       *place
	consumer string // the app in whose name it is called
}

// New fits a placement to the apps of a project, which are complete, as package run has them. program is the file name of the project's program.
// It fails with everything that is wrong at once, each naming the process or the app.
func New(program string, apps []spinoff.App, p Placement) (*Plan, error) {
	plan := &Plan{Placement: p, program: program, apps: apps}
	for _, one := range p.Processes {
		plan.places = append(plan.places, &place{Process: one, plan: plan})
	}
	if err := errors.Join(plan.settle(), plan.checkVariables()); err != nil {
		return nil, err
	}
	if err := plan.findFront(); err != nil {
		return nil, err
	}
	var wrong []error
	for _, one := range plan.places {
		one.findTargets()
		wrong = append(wrong, one.checkReplicas())
	}
	return plan, errors.Join(wrong...)
}

// settle puts every app into its process.
func (p *Plan) settle() error {
	var wrong []error
	for _, one := range p.places {
		for _, name := range one.Apps {
			i := slices.IndexFunc(p.apps, func(a spinoff.App) bool { return a.Name == name })
			switch owner := p.placeOf(name); {
			case i < 0:
				wrong = append(wrong, fmt.Errorf("process %s: the project has no app %q; it has %s", one.Name, name, strings.Join(p.names(), ", ")))
			case owner != nil:
				wrong = append(wrong, fmt.Errorf("app %s is in the processes %s and %s; it owns its data, so it is in one: for more of it, give that process replicas", name, owner.Name, one.Name))
			default:
				one.apps = append(one.apps, p.apps[i])
			}
		}
	}
	for _, a := range p.apps {
		if p.placeOf(a.Name) == nil {
			wrong = append(wrong, fmt.Errorf("app %s is in no process%s; add it to the apps of one", a.Name, p.usersOf(a.Name)))
		}
		for _, s := range a.Uses {
			if !slices.Contains(p.names(), s.Name) {
				wrong = append(wrong, fmt.Errorf("app %s uses service %s, and the project has no app %s", a.Name, s, s.Name))
			}
		}
	}
	return errors.Join(wrong...)
}

// usersOf says which apps need an app.
func (p *Plan) usersOf(app string) string {
	var users []string
	for _, a := range p.apps {
		if uses(a, app) {
			users = append(users, a.Name)
		}
	}
	if users == nil {
		return ""
	}
	return ", and its service is used by " + strings.Join(users, ", ")
}

func uses(a spinoff.App, app string) bool {
	return slices.ContainsFunc(a.Uses, func(s spinoff.Service) bool { return s.Name == app })
}

func (p *Plan) names() (names []string) {
	for _, a := range p.apps {
		names = append(names, a.Name)
	}
	return names
}

func (p *Plan) placeOf(app string) *place {
	for _, one := range p.places {
		if slices.ContainsFunc(one.apps, func(a spinoff.App) bool { return a.Name == app }) {
			return one
		}
	}
	return nil
}

// findFront finds the process that visitors reach.
func (p *Plan) findFront() error {
	name := p.Front.Process
	for _, a := range p.apps {
		if name == "" && a.Path == "/" {
			name = p.placeOf(a.Name).Name
		}
	}
	if name == "" && len(p.places) == 1 {
		name = p.places[0].Name
	}
	i := slices.IndexFunc(p.places, func(one *place) bool { return one.Name == name })
	switch {
	case name == "":
		return errors.New("no app lives at /, so it is not known which process visitors reach; say it, as in front: {process: " + p.places[0].Name + "}")
	case i < 0:
		return fmt.Errorf("the front is process %q, and there is none of that name", name)
	}
	p.places[i].IsFront = true
	for _, a := range p.apps {
		if a.SignIn != nil && p.placeOf(a.Name) != p.places[i] {
			return fmt.Errorf("app %s signs people in, so it runs in the process of the front, which is %s; it is in %s", a.Name, name, p.placeOf(a.Name).Name)
		}
	}
	return nil
}

// findTargets finds the apps elsewhere that are called from here: those that apps here use, and from the front all, because their pages are reached through it.
func (o *place) findTargets() {
	for _, a := range o.plan.apps {
		to := o.plan.placeOf(a.Name)
		users := slices.DeleteFunc(slices.Clone(o.apps), func(user spinoff.App) bool { return !uses(user, a.Name) })
		if to == o || len(users) == 0 && !o.IsFront {
			continue
		}
		if len(users) == 0 {
			users = o.apps
		}
		o.targets = append(o.targets, target{a, to, consumer(users, a)})
	}
}

// consumer returns the name in which apps of one process call another app: there is one X_API for all of them. It is the first that an endpoint names as one of
// its consumers, or else the first.
func consumer(users []spinoff.App, provider spinoff.App) string {
	for _, h := range provider.Provides {
		for _, user := range users {
			if slices.Contains(h.Consumers, user.Name) {
				return user.Name
			}
		}
	}
	return users[0].Name
}

// most returns how many replicas there may be at a time.
func (o *place) most() int { return max(o.Replicas, o.Autoscale.Max) }

// checkReplicas refuses replicas of what there can be only one of.
func (o *place) checkReplicas() error {
	switch {
	case o.most() > 1 && o.Files():
		return fmt.Errorf("process %s has up to %d replicas on SQLite: its databases are files on a volume of one pod, with one writer; give it database: postgres, or one replica", o.Name, o.most())
	case o.most() > 1 && o.ownEvents():
		return fmt.Errorf("process %s has up to %d replicas, and its events travel on a server inside it, of which there would be as many; set nats: true, or give it one replica", o.Name, o.most())
	}
	return nil
}

// Files reports whether the process keeps databases in files.
func (o *place) Files() bool {
	return o.Database == SQLite && slices.ContainsFunc(o.apps, func(a spinoff.App) bool { return a.Data != nil && !o.ownDatabase(a) })
}

// Postgres reports whether the process reaches PostgreSQL.
func (o *place) Postgres() bool {
	return slices.ContainsFunc(o.apps, func(a spinoff.App) bool { return a.Data != nil && (o.Database == Postgres || o.ownDatabase(a)) })
}

// ownDatabase reports whether an app has a variable of its own among the secrets that says where its database is.
func (o *place) ownDatabase(a spinoff.App) bool {
	name := strings.ToUpper(a.Name) + "_DATABASE_URL"
	return slices.Contains(o.Secrets, name) || slices.Contains(o.plan.Secrets, name)
}

// ownEvents reports whether events travel on a server inside the process.
func (o *place) ownEvents() bool { return !o.plan.NATS && slices.ContainsFunc(o.apps, hasEvents) }

func hasEvents(a spinoff.App) bool { return len(a.Publishes) > 0 || len(a.Consumes) > 0 }

// Volume reports whether the process keeps something that has to outlast it.
func (o *place) Volume() bool { return o.Files() || o.ownEvents() }

// checkApart refuses events between processes that share no data folder, as on several hosts.
func (p *Plan) checkApart() error {
	var with []string
	for _, one := range p.places {
		if slices.ContainsFunc(one.apps, hasEvents) {
			with = append(with, one.Name)
		}
	}
	if p.NATS || len(with) < 2 {
		return nil
	}
	return fmt.Errorf("the processes %s send or receive events, and share no folder over which these could travel; set nats: true, and run NATS", strings.Join(with, ", "))
}

// checkVariables refuses what would change a variable that follows of the placement.
func (p *Plan) checkVariables() error {
	var wrong []error
	for _, one := range p.places {
		all := slices.Concat(slices.Sorted(maps.Keys(p.Env)), p.Secrets, slices.Sorted(maps.Keys(one.Env)), one.Secrets)
		for i, name := range all {
			base, isDatabase := strings.CutSuffix(name, "_DATABASE_URL")
			secret := slices.Contains(p.Secrets, name) || slices.Contains(one.Secrets, name)
			switch {
			case p.reserved(name):
				wrong = append(wrong, fmt.Errorf("process %s: %s follows of the placement, and is not to be set", one.Name, name))
			case slices.Contains(all[:i], name):
				wrong = append(wrong, fmt.Errorf("process %s has %s twice, in its env, its secrets, or those of all processes", one.Name, name))
			case isDatabase && !secret:
				wrong = append(wrong, fmt.Errorf("process %s: %s_DATABASE_URL may have a password; name it in secrets, and put its value there", one.Name, base))
			}
		}
	}
	return errors.Join(wrong...)
}

// reserved reports whether a variable follows of the placement.
func (p *Plan) reserved(name string) bool {
	if slices.Contains([]string{"DATABASE_URL", "NATS_URL", "SPINOFF_HOSTS", "SPINOFF_IDENTITY_KEY", "SPINOFF_METRICS_KEY"}, name) {
		return true
	}
	return slices.ContainsFunc(p.apps, func(a spinoff.App) bool {
		return name == spinoff.Variable(a.Name) || strings.HasPrefix(name, strings.ToUpper(a.Name)+"_KEYS") || strings.HasPrefix(name, strings.ToUpper(a.Name)+"_SECRET_")
	})
}
