// Package contract knows a service as data: it describes the Go types of one version as an OpenAPI 3.1 document, writes documents in
// one form that can be reviewed, and compares what is described with what was frozen at a release.
//
// The document is true: it says what package shape enforces, in both directions. A request is a closed object; an answer is an open one, so that it
// may gain fields, and the zero value of every answer is valid. Names of types, summaries and descriptions come from the source
// of the contract package when it is frozen; a process, which has no source, takes them from the frozen file.
package contract

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"

	"github.com/spinoff-go/spinoff"
)

// Version is one version of a service, to be described.
type Version struct {
	Service    spinoff.Service
	Team       string               // who owns the app; may be ""
	Operations []spinoff.Operation  // the endpoints of this version
	Topics     []spinoff.Kind       // the topics of this version that the app publishes
	Deprecated *spinoff.Deprecation // of the whole version; nil while it is there to stay
	Keyed      bool                 // whether an Idempotency-Key makes a call take effect once: the app has a database
	Frozen     []byte               // the frozen contract that the app carries; nil while it is not released
	Carried    bool                 // whether the app carries frozen contracts at all: App.Contracts is set
}

// Versions returns the versions of the service that an app answers, oldest first.
func Versions(app spinoff.App) []Version {
	var versions []Version
	of := func(service spinoff.Service) *Version {
		i := slices.IndexFunc(versions, func(v Version) bool { return v.Service == service })
		if i < 0 {
			i = len(versions)
			versions = append(versions, Version{Service: service, Team: app.Team, Keyed: app.Data != nil, Carried: app.Contracts != nil})
			if d, deprecated := app.Deprecated[service]; deprecated {
				versions[i].Deprecated = &d
			}
		}
		return &versions[i]
	}
	for _, handler := range app.Provides {
		v := of(handler.Service)
		v.Operations = append(v.Operations, handler.Operation)
	}
	for _, announcement := range app.Publishes {
		v := of(announcement.Service)
		v.Topics = append(v.Topics, announcement.Kind)
	}
	for i := range versions {
		versions[i].Frozen = versions[i].frozen(app.Contracts)
	}
	slices.SortFunc(versions, func(a, b Version) int { return cmp.Compare(a.Service.Version, b.Service.Version) })
	return versions
}

// frozen reads the frozen contract of a version that an app carries, from the folder of its contract package.
func (v Version) frozen(contracts fs.FS) []byte {
	if contracts == nil || v.Package() == "" {
		return nil
	}
	text, err := fs.ReadFile(contracts, path.Join(path.Base(v.Package()), FileName))
	if err != nil {
		return nil // it is not released
	}
	return text
}

// Describe returns the document of a version. words are the comments of its contract package, or nil.
// The error names the endpoint and the type that cannot be described.
func Describe(v Version, words *Words) (Document, error) { return describeVersion(v, words, false) }

func describeVersion(v Version, words *Words, examples bool) (Document, error) {
	d := &describer{
		version: v, words: words, errors: object{}, examples: examples,
		schemas: &schemas{words: words, components: object{problemSchema: problem()}, made: map[string]component{}},
	}
	paths, webhooks := object{}, object{}
	for _, op := range v.Operations {
		if err := d.path(paths, op); err != nil {
			return nil, fmt.Errorf("endpoint %s %q: %w", op.Service, op.Route, err)
		}
	}
	for _, kind := range v.Topics {
		webhook, err := d.webhook(kind)
		if err != nil {
			return nil, fmt.Errorf("topic %s: %w", kind, err)
		}
		webhooks[kind.Name] = object{"post": webhook}
	}
	info := object{"title": v.Service.Name, "version": strconv.Itoa(v.Service.Version)}
	describe(info, words.of(""))
	document := Document{
		"openapi": "3.1.1", "info": info, "servers": list{object{"url": ".."}}, "paths": paths, "x-service": v.Service.String(),
		"components": object{"schemas": d.schemas.components, "responses": object{problemSchema: problemResponse()}},
	}
	if len(webhooks) > 0 {
		document["webhooks"] = webhooks
	}
	if len(d.errors) > 0 {
		document["x-errors"] = d.errors
	}
	if v.Team != "" {
		document["x-team"] = v.Team
	}
	if v.Deprecated != nil {
		document["x-deprecated"] = deprecation(v.Deprecated)
	}
	return document, nil
}

// deprecation returns what a document says of it.
func deprecation(d *spinoff.Deprecation) object {
	o := object{}
	for key, value := range map[string]string{"on": d.On, "sunset": d.Sunset, "successor": d.Successor} {
		if value != "" {
			o[key] = value
		}
	}
	return o
}

// Served returns the document that a process serves: what the types are now, with the words that were frozen, and with examples.
func Served(v Version) (Document, error) {
	d, err := describeVersion(v, nil, true)
	if err != nil || v.Frozen == nil {
		return d, err
	}
	frozen, err := Parse(v.Frozen)
	if err != nil {
		return nil, fmt.Errorf("the frozen contract of %s: %w", v.Service, err)
	}
	d.AddWords(frozen)
	d.keep(frozen)
	return d, nil
}

// texts returns words as a list.
func texts(words []string) list {
	l := make(list, 0, len(words))
	for _, word := range words {
		l = append(l, word)
	}
	return l
}

// sorted sorts a list of texts.
func sorted(l list) list {
	slices.SortFunc(l, func(a, b any) int { return cmp.Compare(a.(string), b.(string)) })
	return l
}
