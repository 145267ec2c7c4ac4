package spinoff_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/spinoff-go/spinoff"
)

func TestErrorIs(t *testing.T) {
	notFound := &spinoff.Error{Code: "faq.not_found", Status: 404, Title: "no such entry"}
	for _, c := range []struct {
		err, target error
		want        bool
	}{
		{notFound, notFound, true},
		{notFound.With("entry %d", 7), notFound, true},
		{fmt.Errorf("read: %w", notFound.With("x").Because(errors.New("sql"))), notFound, true},
		{&spinoff.Error{Code: "faq.not_found"}, notFound, true},
		{notFound, spinoff.ErrInvalid, false},
		{spinoff.ErrTimeout, context.DeadlineExceeded, true},
		{spinoff.ErrCanceled, context.Canceled, true},
		{spinoff.ErrTimeout, context.Canceled, false},
	} {
		if got := errors.Is(c.err, c.target); got != c.want {
			t.Errorf("errors.Is(%v, %v) = %v, want %v", c.err, c.target, got, c.want)
		}
	}
	if notFound.Detail != "" || errors.Unwrap(notFound) != nil {
		t.Errorf("With or Because changed the shared variable: %+v", notFound)
	}
}

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		err  *spinoff.Error
		want string
	}{
		{spinoff.ErrInvalid, "the request is not valid"},
		{spinoff.ErrInvalid.With("twice"), "the request is not valid: twice"},
		{spinoff.ErrInvalid.At("#/a", "min", "must be at least 1").At("#/b", "x", "must be y"), "the request is not valid: #/a must be at least 1; #/b must be y"},
		{spinoff.ErrInternal.Because(errors.New("password")), "the provider failed"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("Error() = %q, want %q", got, c.want)
		}
	}
	one, two := spinoff.ErrInvalid.At("#/a", "x", "x"), spinoff.ErrInvalid.At("#/b", "x", "x")
	if len(one.Fields) != 1 || len(two.Fields) != 1 || len(spinoff.ErrInvalid.Fields) != 0 {
		t.Errorf("At shares its fields: %v %v %v", one.Fields, two.Fields, spinoff.ErrInvalid.Fields)
	}
}

func TestFullName(t *testing.T) {
	for _, c := range []struct{ route, name, want string }{
		{"POST /create", "", "faq.v2.create"},
		{"GET /entries/{id}", "", "faq.v2.get"},
		{"PUT /entries/{id}", "", "faq.v2.update"},
		{"PATCH /entries/{id}", "", "faq.v2.update"},
		{"DELETE /entries/{id}", "", "faq.v2.delete"},
		{"POST /entries/{id}/publish", "", "faq.v2.publish"},
		{"GET /entries", "list", "faq.v2.list"},
	} {
		op := spinoff.Declaration{Service: spinoff.Service{Name: "faq", Version: 2}, Route: c.route, Name: c.name}
		if got := op.FullName(); got != c.want {
			t.Errorf("FullName of %q: %s, want %s", c.route, got, c.want)
		}
	}
}

func TestOrigin(t *testing.T) {
	if got := spinoff.OriginOf(t.Context()); got != (spinoff.Origin{}) {
		t.Errorf("OriginOf(empty) = %+v", got)
	}
	want := spinoff.Origin{RequestID: "r", Consumer: "c", Person: spinoff.Person{Email: "a@b", Name: "A"}}
	if got := spinoff.OriginOf(spinoff.WithOrigin(t.Context(), want)); got != want {
		t.Errorf("OriginOf = %+v, want %+v", got, want)
	}
}
