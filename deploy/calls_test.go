package deploy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/deploy"
)

// object is what the test knows of any manifest.
type object struct {
	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		Selector    yaml.Node
		PodSelector yaml.Node `yaml:"podSelector"`
		Template    struct {
			Metadata struct{ Labels map[string]string }
			Spec     struct{ Containers []container }
		}
		Ingress, Egress []rule
	}
}

type container struct {
	Args []string
	Env  []struct {
		Name, Value string
		ValueFrom   struct {
			SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
		} `yaml:"valueFrom"`
	}
}

type rule struct {
	From, To []struct {
		PodSelector       yaml.Node `yaml:"podSelector"`
		NamespaceSelector yaml.Node `yaml:"namespaceSelector"`
	}
	Ports []struct{ Port any }
}

// cluster is what is said by the manifests alone: the pods by the name of their process, their labels, services and policies.
type cluster struct {
	t        *testing.T
	pods     map[string]container
	labels   map[string]map[string]string
	services map[string]map[string]string // selectors
	policies []object
}

func readCluster(t *testing.T, files []deploy.File) *cluster {
	c := &cluster{t, map[string]container{}, map[string]map[string]string{}, map[string]map[string]string{}, nil}
	for _, f := range files {
		decoder := yaml.NewDecoder(bytes.NewReader(f.Text))
		for {
			var o object
			err := decoder.Decode(&o)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", f.Name, err, f.Text)
			}
			switch o.Kind {
			case "Deployment":
				c.pods[o.Metadata.Name] = o.Spec.Template.Spec.Containers[0]
				c.labels[o.Metadata.Name] = o.Spec.Template.Metadata.Labels
			case "Service":
				c.services[o.Metadata.Name] = labelsOf(t, &o.Spec.Selector)
			case "NetworkPolicy":
				c.policies = append(c.policies, o)
			}
		}
	}
	return c
}

// labelsOf reads a selector, with or without matchLabels.
func labelsOf(t *testing.T, n *yaml.Node) map[string]string {
	t.Helper()
	var with struct {
		MatchLabels map[string]string `yaml:"matchLabels"`
	}
	if err := n.Decode(&with); err == nil && with.MatchLabels != nil {
		return with.MatchLabels
	}
	var plain map[string]string
	if err := n.Decode(&plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

// selected returns the pods that a selector selects, sorted.
func (c *cluster) selected(selector map[string]string) (pods []string) {
	for name, labels := range c.labels {
		fits := len(selector) > 0
		for key, value := range selector {
			fits = fits && labels[key] == value
		}
		if fits {
			pods = append(pods, name)
		}
	}
	slices.Sort(pods)
	return pods
}

// edges returns who may call whom, as "from > to", by one direction of the policies. Every pod has exactly one policy.
func (c *cluster) edges(outgoing bool) map[string]bool {
	edges, covered := map[string]bool{}, map[string]int{}
	for _, policy := range c.policies {
		for _, pod := range c.selected(labelsOf(c.t, &policy.Spec.PodSelector)) {
			covered[pod]++
			rules := policy.Spec.Ingress
			if outgoing {
				rules = policy.Spec.Egress
			}
			for _, r := range rules {
				for _, peer := range append(r.From, r.To...) {
					if peer.PodSelector.Kind == 0 {
						continue // a namespace: visitors, names, Prometheus
					}
					for _, other := range c.selected(labelsOf(c.t, &peer.PodSelector)) {
						from, to := other, pod
						if outgoing {
							from, to = pod, other
						}
						edges[from+" > "+to] = true
					}
				}
			}
		}
	}
	for pod := range c.pods {
		if covered[pod] != 1 {
			c.t.Errorf("pod %s has %d policies, want 1", pod, covered[pod])
		}
	}
	return edges
}

// TestCalls makes manifests of random placements, and rebuilds from them alone who may call whom: exactly what the project's map says. And that every
// X_API leads to a Service whose pods run the app, with a secret that is a reference.
func TestCalls(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 5))
		processOf := map[string]string{}
		placement := deploy.Placement{Name: "shop", Image: "shop:1", Secret: "shop", Database: deploy.Postgres, NATS: true, Front: deploy.Front{Host: "shop.example.com"}}
		byName := map[string][]string{}
		for _, a := range project() {
			process := fmt.Sprintf("p%d", random.IntN(4))
			processOf[a.Name] = "shop-" + process
			byName[process] = append(byName[process], a.Name)
		}
		for _, name := range slices.Sorted(maps.Keys(byName)) {
			placement.Processes = append(placement.Processes, deploy.Process{Name: name, Apps: byName[name], Replicas: 1 + random.IntN(3), Database: deploy.Postgres})
		}
		plan, err := deploy.New("shop", project(), placement)
		if err != nil {
			t.Fatal(err)
		}
		c := readCluster(t, filesOf(t, plan, "kubernetes"))
		if t.Failed() {
			return
		}
		want := map[string]bool{}
		for _, a := range project() {
			for _, s := range a.Uses {
				want[processOf[a.Name]+" > "+processOf[s.Name]] = true
			}
			want[processOf["site"]+" > "+processOf[a.Name]] = true // pages
		}
		maps.DeleteFunc(want, func(edge string, _ bool) bool { from, to, _ := strings.Cut(edge, " > "); return from == to })
		for _, outgoing := range []bool{false, true} {
			if diff := cmp.Diff(want, c.edges(outgoing)); diff != "" {
				t.Errorf("seed %d, outgoing %v: who may call whom (-map +policies):\n%s", seed, outgoing, diff)
			}
		}
		called := map[string]bool{}
		for pod, container := range c.pods {
			for to := range c.checkEnv(pod, container) {
				called[pod+" > "+to] = true
			}
		}
		if diff := cmp.Diff(want, called); diff != "" {
			t.Errorf("seed %d: who is told where the others are (-map +environment):\n%s", seed, diff)
		}
	}
}

// apps returns the apps that a container runs.
func (c container) apps() []string { return c.Args[1:slices.Index(c.Args, "--addr")] }

// wantSecrets returns the secrets that the apps of the project need, by what the test knows of them.
func wantSecrets(c container) []string {
	here := c.apps()
	all := map[string]bool{"SPINOFF_IDENTITY_KEY": true}
	for _, a := range project() {
		if !slices.Contains(here, a.Name) {
			user := ""
			for _, other := range project() {
				uses := slices.ContainsFunc(other.Uses, func(s spinoff.Service) bool { return s.Name == a.Name })
				if user == "" && uses && slices.Contains(here, other.Name) {
					user = other.Name
				}
			}
			if user == "" && slices.Contains(here, "site") {
				user = "site"
			}
			if user != "" && a.Name != "site" {
				all[strings.ToUpper(a.Name+"_SECRET_"+user)] = true
			}
			continue
		}
		switch a.Name {
		case "site":
			all["DATABASE_URL"] = true
		case "catalogue":
			all["DATABASE_URL"], all["CATALOGUE_KEYS"] = true, true
		case "till":
			all["TILL_KEYS"] = true
		default:
			all["DATABASE_URL"], all["NATS_URL"], all[strings.ToUpper(a.Name)+"_KEYS"] = true, true, true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

var reference = regexp.MustCompile(`\$\(([A-Z_]+)\)`)

// checkEnv checks the variables of a pod, and returns the pods that it calls.
func (c *cluster) checkEnv(pod string, container container) map[string]bool {
	c.t.Helper()
	secrets, called := map[string]string{}, map[string]bool{}
	for _, v := range container.Env {
		app, isAPI := strings.CutSuffix(v.Name, "_API")
		switch {
		case v.ValueFrom.SecretKeyRef.Key != "":
			secrets[v.Name] = v.ValueFrom.SecretKeyRef.Key
		case isAPI:
			if m := reference.FindStringSubmatch(v.Value); m == nil && app != "SITE" || m != nil && secrets[m[1]] == "" {
				c.t.Errorf("%s: %s=%s: its secret is no reference to a variable before it", pod, v.Name, v.Value)
			}
			called[c.resolve(pod, strings.ToLower(app), reference.ReplaceAllString(v.Value, "x"))] = true
		case v.Name != "SPINOFF_HOSTS":
			c.t.Errorf("%s: %s=%s is written out", pod, v.Name, v.Value)
		}
	}
	if diff := cmp.Diff(wantSecrets(container), slices.Sorted(maps.Keys(secrets))); diff != "" {
		c.t.Errorf("%s gets other secrets than it needs (-needs +gets):\n%s", pod, diff)
	}
	return called
}

// resolve returns the pod behind the address of an app, which has to run it, at the path where it answers there.
func (c *cluster) resolve(pod, app, address string) string {
	c.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		c.t.Fatal(err)
	}
	pods := c.selected(c.services[u.Hostname()])
	if len(pods) != 1 || u.Port() != "8000" {
		c.t.Fatalf("%s: %s leads to the pods %v, want those of one process, at port 8000", pod, address, pods)
	}
	apps := c.pods[pods[0]].apps()
	want := "/" + app
	if len(apps) == 1 || app == "site" {
		want = ""
	}
	if !slices.Contains(apps, app) || u.Path != want {
		c.t.Errorf("%s: %s leads to a process that runs %v, want one that runs %s, at path %q", pod, address, apps, app, want)
	}
	return pods[0]
}
