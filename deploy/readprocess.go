package deploy

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// placement reads the whole file.
func (r *reader) placement(n *yaml.Node, p *Placement) {
	r.mapping(n, "a placement",
		text(r, "name", label, &p.Name),
		text(r, "image", image, &p.Image),
		text(r, "secret", object, &p.Secret),
		text(r, "database", engine, &p.Database),
		r.truth("nats", &p.NATS),
		field{"ports", func(n *yaml.Node) {
			r.mapping(n, "ports", r.number("postgres", 1, 65535, &p.Ports.Postgres), r.number("nats", 1, 65535, &p.Ports.NATS), r.numbers("also", 1, 65535, &p.Ports.Also))
		}},
		field{"front", func(n *yaml.Node) { r.front(n, &p.Front) }},
		text(r, "monitor", object, &p.Monitor),
		r.variables("env", &p.Env),
		r.list("secrets", variable, &p.Secrets),
		field{"processes", func(n *yaml.Node) {
			r.pairs(n, "processes", func(key, value *yaml.Node) {
				one := Process{Name: r.scalar(key, "the name of a process", label)}
				r.process(value, "process "+key.Value, &one)
				p.Processes = append(p.Processes, one)
			})
		}},
	)
}

func (r *reader) front(n *yaml.Node, f *Front) {
	r.mapping(n, "front",
		text(r, "process", label, &f.Process),
		text(r, "host", hostname, &f.Host),
		text(r, "tls", object, &f.TLS),
		text(r, "class", object, &f.Class),
		text(r, "namespace", object, &f.Namespace),
	)
}

func (r *reader) process(n *yaml.Node, what string, p *Process) {
	before := len(r.wrong)
	r.mapping(n, what,
		r.list("apps", app, &p.Apps),
		r.number("replicas", 1, 1000, &p.Replicas),
		field{"autoscale", func(n *yaml.Node) { r.autoscale(n, what, p) }},
		text(r, "database", engine, &p.Database),
		text(r, "storage", quantity, &p.Storage),
		r.resources("requests", &p.Requests),
		r.resources("limits", &p.Limits),
		r.variables("env", &p.Env),
		r.list("secrets", variable, &p.Secrets),
	)
	switch {
	case len(r.wrong) > before:
	case len(p.Apps) == 0:
		r.fail(n, "%s has no apps; say which ones run there, as in apps: [faq]", what)
	case p.Replicas > 0 && p.Autoscale.Max > 0:
		r.fail(n, "%s has replicas and autoscale; it is one of the two", what)
	}
}

func (r *reader) autoscale(n *yaml.Node, what string, p *Process) {
	before, a := len(r.wrong), &p.Autoscale
	r.mapping(n, "autoscale", r.number("min", 1, 1000, &a.Min), r.number("max", 1, 1000, &a.Max), r.number("cpu", 1, 100, &a.CPU))
	if len(r.wrong) == before && (a.Min == 0 || a.Max < a.Min) {
		r.fail(n, "%s: autoscale has min %d and max %d; it says both, and max is not less, as in {min: 2, max: 10}", what, a.Min, a.Max)
	}
}

func (r *reader) resources(what string, v *Resources) field {
	return field{what, func(n *yaml.Node) {
		r.mapping(n, what, text(r, "cpu", quantity, &v.CPU), text(r, "memory", quantity, &v.Memory))
	}}
}

func (r *reader) truth(what string, v *bool) field {
	return field{what, func(n *yaml.Node) {
		if n.Tag != "!!bool" {
			r.fail(n, "%s is %q; it is true or false", what, n.Value)
		}
		*v = strings.EqualFold(n.Value, "true")
	}}
}
