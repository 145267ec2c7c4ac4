// Package deploy writes what runs a project elsewhere: manifests of Kubernetes, a file for Docker Compose, a Procfile, units of systemd. Each is made of
// the project's map and a placement, which says which apps run in which process: both in, text out. Nothing is opened, and no secret is in any of it.
package deploy

import "github.com/spinoff-go/spinoff"

// Placement says which apps run in which process, and what each process gets. [Read] makes one of a file; [Plan] checks it against a project.
type Placement struct {
	Name      string            // of the project, as the first part of all names: "company"
	Image     string            // of the container: "registry.example.com/company:1.4.0"
	Secret    string            // of the Secret of Kubernetes that has the values. Default: Name
	Database  Engine            // of every process that does not say. Default: SQLite
	NATS      bool              // whether events travel on servers of their own, as NATS_URL has it. Default: the apps of one process, among themselves
	Ports     Ports             // where the database and NATS are
	Front     Front             // what visitors reach
	Monitor   string            // namespace from which /metrics may be read, by who has SPINOFF_METRICS_KEY. Default: from nowhere
	Env       map[string]string // variables of every process that are no secret
	Secrets   []string          // variables of every process that are: their values are in Secret, under the same name
	Processes []Process         // in the order of the file
}

// Engine is what keeps the data of a process: "sqlite", files on a volume of its own, or "postgres", as DATABASE_URL has it.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Ports are where servers that the project needs listen; the policy of the network lets the processes out to them.
type Ports struct {
	Postgres int   // Default: 5432
	NATS     int   // Default: 4222
	Also     []int // of servers that the apps reach besides, such as 4318 for a collector of traces
}

// Front is what visitors reach: one process, which hands on what belongs to the others.
type Front struct {
	Process   string // Default: the one with the app that lives at "/"; where there is one process, that
	Host      string // the name that visitors use: "support.example.com". Default: none, and no way in from outside
	TLS       string // of the Secret with the certificate. Default: none, and visitors come without
	Class     string // of the Ingress. Default: the cluster's
	Namespace string // in which the controller of the Ingress runs: only that reaches the front. Default: everybody does
}

// Process is one process and what it gets. Its replicas are alike.
type Process struct {
	Name      string
	Apps      []string
	Replicas  int       // Default: 1
	Autoscale Autoscale // instead of Replicas. Default: off
	Database  Engine    // Default: that of the placement
	Storage   string    // size of the volume, where there is one: "1Gi"
	Requests  Resources // what it is promised. Default: 100m and 128Mi
	Limits    Resources // what it may not exceed. Default: 512Mi, and no limit on the processor, which would only slow it down
	Env       map[string]string
	Secrets   []string
}

// Autoscale keeps the number of replicas so that they use about so much of the processor. The zero value is off.
type Autoscale struct {
	Min, Max int
	CPU      int // per cent of what is requested. Default: 70
}

// Resources are quantities as Kubernetes writes them: "250m" of a processor, "256Mi" of memory; "" is none.
type Resources struct{ CPU, Memory string }

// Together is the placement to begin with: all apps in one process, with SQLite. Spin an app off when it hurts, not before.
func Together(name string, apps []spinoff.App) Placement {
	p := Process{Name: "web"}
	for _, a := range apps {
		p.Apps = append(p.Apps, a.Name)
	}
	return Placement{Name: name, Processes: []Process{p}}.withDefaults()
}

func (p Placement) withDefaults() Placement {
	fill(&p.Image, p.Name+":latest")
	fill(&p.Secret, p.Name)
	fill(&p.Database, SQLite)
	fill(&p.Ports.Postgres, 5432)
	fill(&p.Ports.NATS, 4222)
	for i := range p.Processes {
		one := &p.Processes[i]
		fill(&one.Database, p.Database)
		fill(&one.Storage, "1Gi")
		fill(&one.Requests.CPU, "100m")
		fill(&one.Requests.Memory, "128Mi")
		fill(&one.Limits.Memory, "512Mi")
		if one.Autoscale.Max > 0 {
			fill(&one.Autoscale.CPU, 70)
			one.Replicas = one.Autoscale.Min
		}
		fill(&one.Replicas, 1)
	}
	return p
}

func fill[T comparable](v *T, standard T) {
	if none := *new(T); *v == none {
		*v = standard
	}
}
