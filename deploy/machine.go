package deploy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// machine is a plan on one machine: every process listens on a port of loopback, which no other machine reaches, and all share a data folder. So their calls
// need no keys, and their events no server. There is one process of each: replicas are for several machines.
func (p *Plan) machine() network {
	return network{host: func(o *place) string { return "127.0.0.1:" + strconv.Itoa(p.port(o)) }}
}

// port returns where a process listens: the front at 8000, the others behind it in their order.
func (p *Plan) port(o *place) int {
	if o.IsFront {
		return 8000
	}
	others := slices.DeleteFunc(slices.Clone(p.places), func(one *place) bool { return one.IsFront })
	return 8001 + slices.Index(others, o)
}

// without returns the secrets that other processes get, and o does not: all read one file, and DATABASE_URL would move a process away from SQLite.
func (p *Plan) without(o *place) (others []string) {
	mine := o.secrets(p.machine())
	for _, one := range p.places {
		for _, name := range one.secrets(p.machine()) {
			if !slices.Contains(mine, name) && !slices.Contains(others, name) {
				others = append(others, name)
			}
		}
	}
	return others
}

// Procfile returns a file for foreman, honcho and others of their kind. They read secrets from a file .env beside it.
func (p *Plan) Procfile() ([]File, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s, each process on a port of this machine; the front at http://127.0.0.1:8000\n", p.Name)
	for _, one := range p.places {
		var env, secrets []string
		for _, name := range p.without(one) {
			env = append(env, "-u "+name)
		}
		for _, s := range one.settings(p.machine()) {
			if s.Secret != "" {
				secrets = append(secrets, s.Name)
				continue
			}
			env = append(env, s.Name+"="+shell(s.Value))
		}
		if secrets != nil {
			fmt.Fprintf(&b, "# %s needs %s in .env\n", one.Name, strings.Join(secrets, ", "))
		}
		fmt.Fprintf(&b, "%s: exec ", one.Name)
		if env != nil {
			fmt.Fprintf(&b, "env %s ", strings.Join(env, " "))
		}
		fmt.Fprintf(&b, "%s up %s --addr %s\n", p.program, strings.Join(one.Apps, " "), p.machine().host(one))
	}
	return []File{{"Procfile", []byte(b.String())}}, nil
}

// shell quotes a text for a shell, where it needs to be.
func shell(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:,@%+=", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// unit is a process as the template for systemd sees it.
type unit struct {
	*place
	Plan                         Placement
	Name, Does, Program, Address string
	Env, Secrets, Without        []string // in the writing of systemd; names alone
	Memory, CPU                  string   // limits
}

// Systemd returns units: one for each process, a target for all of them, and the user that they run as.
func (p *Plan) Systemd() ([]File, error) {
	var files []File
	var units []string
	for _, one := range p.places {
		u := unit{
			place: one, Plan: p.Placement, Name: one.Name, Does: strings.Join(one.Apps, ", "), Program: p.program,
			Address: p.machine().host(one), Memory: systemd.memory(one.Limits.Memory), Without: p.without(one),
		}
		if one.Limits.CPU != "" {
			u.CPU = percent(one.Limits.CPU)
		}
		for _, s := range one.settings(p.machine()) {
			if s.Secret != "" {
				u.Secrets = append(u.Secrets, s.Name)
				continue
			}
			u.Env = append(u.Env, `"`+s.Name+"="+strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(s.Value)+`"`)
		}
		text, err := fillIn("unit.service", u)
		if err != nil {
			return nil, err
		}
		name := p.Name + "-" + u.Name + ".service"
		units = append(units, name)
		files = append(files, File{name, text})
	}
	all := struct {
		Plan  Placement
		Units []string
	}{p.Placement, units}
	for _, f := range []struct{ template, name string }{{"units.target", p.Name + ".target"}, {"user.conf", p.Name + ".sysusers.conf"}} {
		text, err := fillIn(f.template, all)
		if err != nil {
			return nil, err
		}
		files = append(files, File{f.name, text})
	}
	return files, nil
}
