package deploy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
)

// exampleProcess is a process of an example, with a line about it.
type exampleProcess struct {
	Name, About string
	Apps        []string
}

// Example returns a placement of a project to begin with, with comments: every app in a process of its own, apart from one that signs people in, which belongs
// to the front.
func Example(program, name string, apps []spinoff.App) ([]byte, error) {
	front := slices.IndexFunc(apps, func(a spinoff.App) bool { return a.Path == "/" })
	var process string
	if front < 0 {
		front = max(0, slices.IndexFunc(apps, func(a spinoff.App) bool { return a.SignIn != nil }))
		process = apps[front].Name
	}
	view := struct {
		Program, Name, Process string // Process is the front, where it has to be said
		Events                 bool
		Processes              []exampleProcess
	}{Program: program, Name: name, Process: process, Events: slices.ContainsFunc(apps, hasEvents)}
	for i, a := range apps {
		if a.SignIn != nil && i != front {
			continue
		}
		one := exampleProcess{Name: a.Name, Apps: []string{a.Name}, About: about(a)}
		for _, other := range apps {
			if i == front && other.SignIn != nil && other.Name != a.Name {
				one.Apps = append(one.Apps, other.Name)
			}
		}
		view.Processes = append(view.Processes, one)
	}
	return fillIn("placement.yaml", view)
}

// about says in a few words whose app it is and whom it calls.
func about(a spinoff.App) string {
	words := []string{}
	if a.Team != "" {
		words = append(words, "of "+a.Team)
	}
	var called []string
	for _, s := range a.Uses {
		called = append(called, s.String())
	}
	if called != nil {
		words = append(words, "calls "+strings.Join(called, ", "))
	} else {
		words = append(words, "calls nobody")
	}
	return fmt.Sprintf("%s: %s", a.Title, strings.Join(words, ", "))
}
