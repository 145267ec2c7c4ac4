package deploy_test

import (
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/deploy"
)

// TestReadRefuses: what is wrong with a file is said with its line and what would be right.
func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "placement.yaml is empty"},
		{"processes: {}", "placement.yaml:1: there are no processes; name at least one with its apps"},
		{"processes: [web]", "placement.yaml:1: processes is a mapping"},
		{"a: [", "placement.yaml: "},
		{"processes:\n  web: {apps: [faq]}\n---\nx: 1", "several documents"},
		{"processes:\n  web:\n    app: [faq]", `placement.yaml:3: process web has no "app"; it may have apps, replicas, autoscale`},
		{"processes:\n  web:\n    apps: [faq]\n    replicas: two", `placement.yaml:4: replicas is "two"; it is a number from 1 to 1000`},
		{"processes:\n  web:\n    apps: [faq]\n    replicas: 0", `placement.yaml:4: replicas is "0"`},
		{"processes:\n  web:\n    apps: faq", "placement.yaml:3: apps is a list of at least one, such as [one, two]; each is the name of an app, such as faq"},
		{"processes:\n  web:\n    apps: []", "apps is a list of at least one"},
		{"processes:\n  web: {replicas: 2}", "placement.yaml:2: process web has no apps; say which ones run there"},
		{"processes:\n  Web: {apps: [faq]}", `placement.yaml:2: the name of a process is "Web"; it is lower-case letters`},
		{"processes:\n  web: {apps: [faq]}\n  web: {apps: [faq]}", "web"},
		{"processes:\n  web: &a {apps: [faq]}\n  next: *a", "placement.yaml:3: processes: anchors"},
		{"processes:\n  web: {apps: [faq], autoscale: {min: 3, max: 2}}", "autoscale has min 3 and max 2; it says both, and max is not less"},
		{"processes:\n  web: {apps: [faq], autoscale: {max: 2}}", "autoscale has min 0 and max 2"},
		{"processes:\n  web: {apps: [faq], replicas: 2, autoscale: {min: 2, max: 3}}", "has replicas and autoscale; it is one of the two"},
		{"processes:\n  web: {apps: [faq], requests: {cpu: lots}}", `cpu is "lots"; it is a quantity, such as 250m`},
		{"processes:\n  web: {apps: [faq], requests: {memory: 1e3}}", `memory is "1e3"`},
		{"nats: yes please\nprocesses: {web: {apps: [faq]}}", `nats is "yes please"; it is true or false`},
		{"database: mysql\nprocesses: {web: {apps: [faq]}}", `placement.yaml:1: database is "mysql"; it is sqlite or postgres`},
		{"image: a b\nprocesses: {web: {apps: [faq]}}", `image is "a b"`},
		{"image: \"x\\n- y\"\nprocesses: {web: {apps: [faq]}}", `image is "x\n- y"`},
		{"front: {host: \"x}, y: {\"}\nprocesses: {web: {apps: [faq]}}", "host is"},
		{"env: {faq: 1}\nprocesses: {web: {apps: [faq]}}", `env is "faq"; it is the name of a variable`},
		{"env: {FAQ: \"a\\nb\"}\nprocesses: {web: {apps: [faq]}}", "env: FAQ is"},
		{"ports: {also: 1}\nprocesses: {web: {apps: [faq]}}", "also is a list of numbers"},
		{"ports: {also: [0]}\nprocesses: {web: {apps: [faq]}}", `also is "0"; it is a number from 1 to 65535`},
		{"name: \"\"\nprocesses: {web: {apps: [faq]}}", `name is ""`},
		{"hosts: a\nimages: b\nprocesses: {web: {apps: [faq]}}", `placement.yaml:2: a placement has no "images"`},
	} {
		if _, err := deploy.Read("placement.yaml", "shop", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Read(%q): got %v, want an error with %q", c.text, err, c.want)
		}
	}
}

// TestNewRefuses: a placement that does not fit the project is refused, naming the process or the app.
func TestNewRefuses(t *testing.T) {
	const all = "site, catalogue, basket, billing, till"
	elsewhere := app("news", "papers")
	for _, c := range []struct {
		placement string
		apps      []spinoff.App
		want      string
	}{
		{"processes: {web: {apps: [site, catalogue, basket, billing]}}", project(), "app till is in no process; add it to the apps of one"},
		{"processes: {web: {apps: [site, basket, billing, till]}}", project(), "app catalogue is in no process, and its service is used by site, basket, billing"},
		{"processes: {web: {apps: [" + all + "]}, more: {apps: [till]}}", project(), "app till is in the processes web and more"},
		{"processes: {web: {apps: [" + all + ", till]}}", project(), "app till is in the processes web and web"},
		{"processes: {web: {apps: [" + all + ", faq]}}", project(), `process web: the project has no app "faq"; it has site, catalogue`},
		{"processes: {web: {apps: [news]}}", []spinoff.App{elsewhere}, "app news uses service papers.v1, and the project has no app papers"},
		{"processes: {web: {apps: [" + all + "], replicas: 2}}", project(), "process web has up to 2 replicas on SQLite"},
		{"processes: {web: {apps: [" + all + "], autoscale: {min: 1, max: 3}}}", project(), "process web has up to 3 replicas on SQLite"},
		{"processes: {web: {apps: [" + all + "], replicas: 2, database: postgres}}", project(), "process web has up to 2 replicas, and its events travel on a server inside it"},
		{"front: {process: shop}\nprocesses: {web: {apps: [" + all + "]}}", project(), `the front is process "shop", and there is none`},
		{"front: {process: rest}\nprocesses: {web: {apps: [site]}, rest: {apps: [catalogue, basket, billing, till]}}", project(), "app site signs people in, so it runs in the process of the front, which is rest; it is in web"},
		{"processes: {a: {apps: [one]}, b: {apps: [two]}}", []spinoff.App{app("one"), app("two")}, "no app lives at /"},
		{"env: {TILL_API: x}\nprocesses: {web: {apps: [" + all + "]}}", project(), "process web: TILL_API follows of the placement"},
		{"secrets: [DATABASE_URL]\nprocesses: {web: {apps: [" + all + "]}}", project(), "DATABASE_URL follows of the placement"},
		{"env: {MODE: x}\nprocesses: {web: {apps: [" + all + "], secrets: [MODE]}}", project(), "process web has MODE twice"},
		{"env: {TILL_DATABASE_URL: x}\nprocesses: {web: {apps: [" + all + "]}}", project(), "TILL_DATABASE_URL may have a password; name it in secrets"},
	} {
		p, err := deploy.Read("placement.yaml", "shop", []byte(c.placement))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := deploy.New("shop", c.apps, p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%q): got %v, want an error with %q", c.placement, err, c.want)
		}
	}
}

// TestEventsApart: processes that share no folder need NATS for their events; on one machine they do not.
func TestEventsApart(t *testing.T) {
	plan := planOf(t, "processes: {web: {apps: [site, catalogue, till]}, a: {apps: [basket]}, b: {apps: [billing]}}")
	for target, write := range targets {
		_, err := write(plan)
		apart := target == "kubernetes" || target == "compose"
		if apart && (err == nil || !strings.Contains(err.Error(), "the processes a, b send or receive events")) || !apart && err != nil {
			t.Errorf("%s: got %v, want an error only for kubernetes and compose", target, err)
		}
	}
}

// TestOwnDatabase: where all apps of a process have database variables of their own, the one for all is not asked for.
func TestOwnDatabase(t *testing.T) {
	plan := planOf(t, "database: postgres\nnats: true\nprocesses: {web: {apps: [site, basket, billing, till]}, goods: {apps: [catalogue], secrets: [CATALOGUE_DATABASE_URL]}}")
	for _, f := range filesOf(t, plan, "kubernetes") {
		if own := f.Name == "goods.yaml"; strings.Contains(string(f.Text), "key: DATABASE_URL") == own {
			t.Errorf("%s asks for DATABASE_URL: %v, want %v", f.Name, own, !own)
		}
	}
	if text := string(filesOf(t, plan, "kubernetes")[1].Text); !strings.Contains(text, "port: 5432") {
		t.Errorf("the policy of goods does not let it out to its own database:\n%s", text)
	}
}
