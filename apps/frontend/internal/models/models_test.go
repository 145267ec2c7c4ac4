package models_test

import (
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/apps/frontend/internal/models"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

const password = "a long enough password"

// on runs test with models on each engine.
func on(t *testing.T, test func(t *testing.T, m *models.Models, pass func(time.Duration))) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := data.New(func() string { return address("frontend") }, models.Migrations)
		if err := db.Open(t.Context()); err != nil {
			t.Fatalf("Open: %v", err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		now := time.UnixMilli(1_800_000_000_000)
		test(t, models.New(db, func() time.Time { return now }), func(d time.Duration) { now = now.Add(d) })
	})
}

func TestPeople(t *testing.T) {
	on(t, func(t *testing.T, m *models.Models, pass func(time.Duration)) {
		ctx := t.Context()
		secret, err := m.SetUp(ctx)
		if err != nil || secret == "" {
			t.Fatalf("SetUp of nobody: got %q, %v", secret, err)
		}
		first, err := m.Accept(ctx, secret, "Anna", "Anna@Example.com", password)
		if err != nil {
			t.Fatalf("Accept: %v", err)
		}
		if _, err := m.Accept(ctx, secret, "Eve", "eve@example.com", password); err == nil {
			t.Error("Accept of a link that has been used: got no error")
		}
		if secret, err := m.SetUp(ctx); secret != "" || err != nil {
			t.Errorf("SetUp of somebody: got %q, %v", secret, err)
		}
		if p, err := m.Person(ctx, first); p.Email != "anna@example.com" || p.Name != "Anna" || err != nil {
			t.Errorf("Person: got %+v, %v", p, err)
		}
		if _, err := m.SignIn(ctx, "anna@example.com", "wrong", ""); err == nil {
			t.Error("SignIn with another password: got no error")
		}
		second, err := m.SignIn(ctx, "ANNA@example.com", password, first)
		if err != nil {
			t.Fatalf("SignIn: %v", err)
		}
		if p, _ := m.Person(ctx, first); p.Email != "" {
			t.Errorf("a session goes on that a new one took the place of: %+v", p)
		}
		pass(15 * 24 * time.Hour)
		if p, _ := m.Person(ctx, second); p.Email != "" {
			t.Errorf("a session of two weeks ago goes on: %+v", p)
		}
		if _, err := m.Invite(ctx, "Ben", "ben@example.com"); err != nil {
			t.Errorf("Invite: %v", err)
		}
		if _, err := m.Invite(ctx, "Ben", "BEN@example.com"); err == nil {
			t.Error("Invite of somebody who is there: got no error")
		}
		if all, err := m.Colleagues(ctx); len(all) != 2 || err != nil {
			t.Errorf("Colleagues: got %+v, %v, want two", all, err)
		}
	})
}

func TestReceiptsAndAnswers(t *testing.T) {
	on(t, func(t *testing.T, m *models.Models, pass func(time.Duration)) {
		ctx := t.Context()
		for i, want := range []bool{true, false} {
			if first, err := m.Claim(ctx, "key", "/mine/1"); first != want || err != nil {
				t.Errorf("Claim number %d: got %v, %v, want %v", i+1, first, err, want)
			}
		}
		if path, err := m.Receipt(ctx, "key"); path != "/mine/1" || err != nil {
			t.Errorf("Receipt: got %q, %v", path, err)
		}
		for _, answer := range []string{"old", "new"} {
			if err := m.Keep(ctx, "home", answer); err != nil {
				t.Fatalf("Keep: %v", err)
			}
			pass(time.Hour)
		}
		var kept string
		if _, err := m.Kept(ctx, "home", &kept); kept != "new" || err != nil {
			t.Errorf("Kept: got %q, %v, want the newer one", kept, err)
		}
	})
}
