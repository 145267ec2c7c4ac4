package deploy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// composed is a deployment as the template for Docker Compose sees it.
type composed struct {
	Program  string
	Plan     Placement
	Secrets  []string // names of what .env has to have
	Services []composedService
	Postgres bool     // whether a process needs it
	Volumes  []string // sorted
}

type composedService struct {
	*place
	Name         string
	Env          []setting // with values only
	Depends      []string
	CPUs, Memory string // limits
}

// Compose returns a file for Docker Compose, which has PostgreSQL and NATS too where the placement needs them. The front answers at 127.0.0.1:8000, for a proxy
// with TLS on the same machine, and has one replica, because it is bound to that port.
func (p *Plan) Compose() ([]File, error) {
	if err := p.checkApart(); err != nil {
		return nil, err
	}
	view := composed{Program: p.program, Plan: p.Placement}
	secrets, volumes := map[string]bool{}, map[string]bool{}
	for _, one := range p.places {
		if name := one.Name; name == "postgres" || name == "nats" {
			return nil, fmt.Errorf("process %s: Compose needs that name for the server of that name; choose another one", name)
		}
		s := p.service(one, secrets)
		view.Services = append(view.Services, s)
		for _, server := range s.Depends {
			volumes[server] = true
		}
		view.Postgres = view.Postgres || slices.Contains(s.Depends, "postgres")
		if one.Volume() {
			volumes[s.Name] = true
		}
	}
	if p.NATS {
		volumes["nats"] = true
	}
	view.Secrets, view.Volumes = slices.Sorted(maps.Keys(secrets)), slices.Sorted(maps.Keys(volumes))
	text, err := fillIn("compose.yaml", view)
	return []File{{"compose.yaml", text}}, err
}

// inCompose is the network of Docker Compose.
var inCompose = network{func(o *place) string { return o.Name + ":8000" }, true}

// service returns a process as a service, and adds to secrets the names of those that it needs.
func (p *Plan) service(o *place, secrets map[string]bool) composedService {
	s := composedService{place: o, Name: o.Name, Memory: docker.memory(o.Limits.Memory)}
	if o.Limits.CPU != "" {
		s.CPUs = decimal(o.Limits.CPU)
	}
	reference := func(name string) string {
		secrets[name] = true
		return "${" + name + ":?is not set in .env}"
	}
	for _, one := range o.settings(inCompose) {
		switch one.Name {
		case "DATABASE_URL":
			s.Depends = append(s.Depends, "postgres")
			one.Value = fmt.Sprintf("postgres://%s:%s@postgres:5432/%s", p.Name, reference("POSTGRES_PASSWORD"), p.Name)
		case "NATS_URL":
			s.Depends = append(s.Depends, "nats")
			one.Value = "nats://nats:4222"
		default:
			one.Value = strings.ReplaceAll(one.Value, "$", "$$")
			switch {
			case one.Secret != "" && one.Value != "":
				one.Value = strings.ReplaceAll(one.Value, secretHere, reference(one.Secret))
			case one.Secret != "":
				one.Value = reference(one.Secret)
			}
		}
		s.Env = append(s.Env, one)
	}
	return s
}
