package main

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
)

// TestEditsAreOptimistic goes over all endpoints: one that changes what its path names takes If-Match, and one that shows it says its ETag, unless
// a reason is given here.
func TestEditsAreOptimistic(t *testing.T) {
	reasons := map[string]string{
		"faq.v1.votes":      "a vote is the voter's own, and replaces only his",
		"faq.v2.votes":      "a vote is the voter's own, and replaces only his",
		"faq.v2.click":      "it notes a click, and changes nothing that was seen",
		"tickets.v1.add":    "it adds a message, and has if_last for what the author has seen",
		"tickets.v1.answer": "it adds a message of the customer, which nobody may refuse",
		"faqcreator.v1.get": "what it shows never changes",
	}
	checked := 0
	for _, h := range handlers(t) {
		name, reason := h.FullName(), ""
		if !strings.Contains(h.Path(), "{") {
			continue
		}
		checked++
		message, field := h.In, "If-Match"
		if h.Method() == http.MethodGet {
			message, field = h.Out, "ETag"
		}
		reason, excused := reasons[name]
		delete(reasons, name)
		switch has := hasHeader(message, field); {
		case has && excused:
			t.Errorf("%s has %s: take its reason, %q, off the list", name, field, reason)
		case !has && !excused:
			t.Errorf("%s %q: %s has no header field %s; add one, or a reason to the list in this test", name, h.Route, message, field)
		}
	}
	for name := range reasons {
		t.Errorf("the list has a reason for %s, and there is no such endpoint with a parameter in its path", name)
	}
	if checked < 15 {
		t.Errorf("%d endpoints were looked at, want all of them", checked)
	}
}

func hasHeader(message reflect.Type, name string) bool {
	for f := range message.Fields() {
		if f.Tag.Get("spinoff") == "header="+name && f.Tag.Get("json") == "-" && f.Type.Kind() == reflect.String {
			return true
		}
	}
	return false
}

// handlers returns what the apps of the project provide.
func handlers(t *testing.T) []spinoff.Handler {
	t.Helper()
	var all []spinoff.Handler
	for _, declare := range Project().Apps {
		app, err := declare(spinoff.Env{
			Database: func() string { return "sqlite:" + filepath.Join(t.TempDir(), "none.db") },
			Setting:  func(string) string { return "" }, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, app.Provides...)
	}
	return all
}
