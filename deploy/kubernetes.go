package deploy

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

// File is one file of a deployment.
type File struct {
	Name string // without folder
	Text []byte
}

//go:embed templates
var sources embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"join": strings.Join, "quote": quote}).ParseFS(sources, "templates/*"))

// fillIn fills in the template called name.
func fillIn(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := templates.ExecuteTemplate(&b, name, data)
	return b.Bytes(), err
}

// quote writes a text as a scalar of YAML, in quotes where it could be taken for something else. It has no control characters.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// pod is a process as the template for Kubernetes sees it.
type pod struct {
	*place
	Plan                  Placement
	App, Name, Full, Does string
	Env                   []setting
	Callers, Called       []neighbour
}

// neighbour is another process, and why there are calls between the two.
type neighbour struct{ App, Name, Why string }

// Kubernetes returns manifests: a file for each process, and one for the way in. It fails where the processes would need a folder in common.
func (p *Plan) Kubernetes() ([]File, error) {
	if err := p.checkApart(); err != nil {
		return nil, err
	}
	var files []File
	for _, one := range p.places {
		view := p.pod(one)
		text, err := fillIn("process.yaml", view)
		if err != nil {
			return nil, err
		}
		files = append(files, File{one.Name + ".yaml", text})
		if !view.Visitors() {
			continue
		}
		if text, err = fillIn("ingress.yaml", view); err != nil {
			return nil, err
		}
		files = append(files, File{"ingress.yaml", text})
	}
	return files, nil
}

// inCluster is the network of a cluster.
func (p *Plan) inCluster() network {
	return network{func(o *place) string { return p.Name + "-" + o.Name + ":8000" }, true}
}

func (p *Plan) pod(o *place) pod {
	view := pod{place: o, Plan: p.Placement, App: p.Name, Name: o.Name, Full: p.Name + "-" + o.Name, Does: strings.Join(o.Apps, ", ")}
	for _, s := range o.settings(p.inCluster()) {
		if s.Secret != "" && s.Value != "" { // the URL is put together by the cluster
			view.Env = append(view.Env, setting{Name: s.Secret, Secret: s.Secret})
			s.Value = strings.ReplaceAll(s.Value, secretHere, "$("+s.Secret+")")
		} else {
			s.Value = strings.ReplaceAll(s.Value, "$", "$$") // the cluster reads $$ as $
		}
		view.Env = append(view.Env, s)
	}
	for _, other := range p.places {
		if why := other.callsTo(o); why != "" {
			view.Callers = append(view.Callers, neighbour{p.Name, other.Name, why})
		}
		if why := o.callsTo(other); why != "" {
			view.Called = append(view.Called, neighbour{p.Name, other.Name, why})
		}
	}
	return view
}

// callsTo says which apps a process calls in another; "" where it calls none.
func (o *place) callsTo(other *place) string {
	var names []string
	for _, t := range o.targets {
		if t.to == other {
			names = append(names, t.Name)
		}
	}
	if names == nil {
		return ""
	}
	return fmt.Sprintf("%s calls %s", o.Name, strings.Join(names, ", "))
}

// Visitors reports whether visitors come in here.
func (v pod) Visitors() bool { return v.IsFront && v.Plan.Front.Host != "" }

// Most returns how many replicas there may be at a time.
func (v pod) Most() int { return v.most() }

// Spread returns over what the replicas are to be spread.
func (v pod) Spread() []string {
	return []string{"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
}

// Events reports whether the process reaches NATS.
func (v pod) Events() bool {
	return v.Plan.NATS && slices.ContainsFunc(v.apps, hasEvents)
}
