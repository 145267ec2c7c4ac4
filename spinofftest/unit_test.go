package spinofftest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// NewNote is a line to be written down, and how to go about it.
type NewNote struct {
	Text    string `json:"text" spinoff:"min=1"`
	Do      string `json:"do,omitempty"`
	IfMatch string `json:"-" spinoff:"header=If-Match"`
}

// Note is a line that was written down.
type Note struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	ETag   string    `json:"-" spinoff:"header=ETag"`
	Status int       `json:"-" spinoff:"status=201|202"`
}

// OldNote is a line as version 1 has it.
type OldNote struct {
	Text string `json:"text"`
}

// NoteID is all that version 1 answers.
type NoteID struct {
	ID int64 `json:"id"`
}

// All asks for everything.
type All struct{}

// Notes are all lines.
type Notes struct {
	Texts []string `json:"texts"`
}

var (
	errFull = &spinoff.Error{Code: "store.full", Status: http.StatusConflict, Title: "the store is full"}

	store1 = spinoff.Service{Name: "store", Version: 1}
	store2 = spinoff.Service{Name: "store", Version: 2}
	Write1 = spinoff.Endpoint[OldNote, NoteID]{Service: store1, Route: "POST /write"}
	Write2 = spinoff.Endpoint[NewNote, Note]{Service: store2, Route: "POST /write", Timeout: 500 * time.Millisecond, Errors: []*spinoff.Error{errFull}}
	Read2  = spinoff.Endpoint[All, Notes]{Service: store2, Route: "GET /read"}
	// Copy is answered by a second app, without a database, which writes twice with the context that it got.
	Copy = spinoff.Endpoint[NewNote, Notes]{Service: spinoff.Service{Name: "copier", Version: 1}, Route: "POST /copy"}
)

var storeSchema = fstest.MapFS{"migrations/0001_note.sql": {Data: []byte("-- +goose Up\nCREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);")}}

// notes is a project of a store with a database, a copier, which calls it, and a door, without which nobody's identity travels.
func notes() spinoff.Project {
	return spinoff.Project{Name: "notes", Apps: []spinoff.New{
		Copy.AppUsing(func(ctx context.Context, calls spinoff.Caller, in NewNote) (out Notes, err error) {
			for range 2 {
				note, err := Write2.Call(ctx, calls, in)
				if err != nil {
					return out, err
				}
				out.Texts = append(out.Texts, fmt.Sprint(note.ID))
			}
			return out, nil
		}, store2),
		func(spinoff.Env) (spinoff.App, error) {
			nobody := func(*http.Request) (spinoff.Person, error) { return spinoff.Person{}, nil }
			return spinoff.App{Name: "door", Path: "/", SignIn: &spinoff.SignIn{URL: "/signin", Out: "/signout", Cookie: "door", Person: nobody}}, nil
		},
		func(env spinoff.Env) (spinoff.App, error) {
			db := data.New(env.Database, storeSchema)
			s := &store{db: db, tries: map[string]bool{}}
			return spinoff.App{Name: "store", Data: db, Provides: []spinoff.Handler{
				Write2.Serve(s.write),
				Read2.Serve(s.read),
				spinoff.Older(Write1, Write2, func(in OldNote) NewNote { return NewNote{Text: in.Text} }, func(out Note) NoteID { return NoteID{out.ID} }),
			}}, nil
		},
	}}
}

type store struct {
	db    *data.DB
	tries map[string]bool
}

// write writes two lines in two transactions, and then does what it is told.
func (s *store) write(ctx context.Context, in NewNote) (out Note, err error) {
	for range 2 {
		err := s.db.Write(ctx, func(tx *data.Tx) error {
			out.ID, err = data.One[int64](ctx, tx, "INSERT INTO note (text) VALUES ($1) RETURNING id", in.Text)
			return err
		})
		if err != nil {
			return out, err
		}
	}
	out.At, out.Status, out.ETag = time.Now(), http.StatusAccepted, fmt.Sprintf(`"%d"`, out.ID)
	switch in.Do {
	case "fail":
		return out, errFull
	case "panic":
		panic("the roof came down")
	case "oversleep":
		<-ctx.Done() // and answer all the same
	case "break":
		out.Status = http.StatusTeapot
	case "fail once":
		if !s.tries[in.Text] {
			s.tries[in.Text] = true
			return out, errFull
		}
	case "reread":
		seen, err := s.read(ctx, All{})
		if err != nil || len(seen.Texts) == 0 {
			return out, fmt.Errorf("the unit does not see what it has written: %v, %w", seen, err)
		}
	}
	return out, nil
}

func (s *store) read(ctx context.Context, _ All) (out Notes, err error) {
	err = s.db.Read(ctx, func(tx *data.Tx) error {
		out.Texts, err = data.Query[string](ctx, tx, "SELECT text FROM note ORDER BY id")
		return err
	})
	return out, err
}

// count returns how many lines there are.
func count(t *testing.T, site *spinofftest.Site) int {
	t.Helper()
	all, err := Read2.Call(t.Context(), site.Calls, All{})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return len(all.Texts)
}

// TestUnitsAreEqual states case by case that an endpoint has all of its effect or none, in process and over HTTP, with a key and without.
func TestUnitsAreEqual(t *testing.T) {
	spinofftest.Run(t, notes(), "store", func(t *testing.T, site *spinofftest.Site) {
		for _, c := range []struct {
			do     string
			effect int
			want   error
		}{
			{"", 2, nil},
			{"reread", 2, nil},
			{"fail", 0, errFull},
			{"panic", 0, spinoff.ErrInternal},
			{"oversleep", 0, spinoff.ErrTimeout},
			{"break", 0, spinoff.ErrInternal},
		} {
			for _, key := range []string{"", "k " + c.do} {
				before := count(t, site)
				_, err := Write2.Call(spinoff.WithIdempotencyKey(t.Context(), key), site.Calls, NewNote{Text: "x", Do: c.do})
				if !errors.Is(err, c.want) || c.want == nil && err != nil {
					t.Errorf("%q with key %q: got %v, want %v", c.do, key, err, c.want)
				}
				if effect := count(t, site) - before; effect != c.effect {
					t.Errorf("%q with key %q: %d lines were written, want %d", c.do, key, effect, c.effect)
				}
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		before := count(t, site)
		if _, err := Write2.Call(ctx, site.Calls, NewNote{Text: "x", Do: "oversleep"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call that outlives its caller: got %v, want a time-out", err)
		}
		if _, err := Write2.Call(t.Context(), site.Calls, NewNote{Text: "next", Do: "reread"}); err != nil { // comes after it, since units take turns
			t.Errorf("the next call: %v", err)
		}
		if effect := count(t, site) - before; effect != 2 {
			t.Errorf("a call that outlives its caller, and the next: %d lines were written, want those of the next", effect)
		}
	})
}

// TestKeysAreEqual states the promises of an idempotency key.
func TestKeysAreEqual(t *testing.T) {
	spinofftest.Run(t, notes(), "store", func(t *testing.T, site *spinofftest.Site) {
		ctx := spinoff.WithIdempotencyKey(t.Context(), "one")
		in := NewNote{Text: "one", IfMatch: `"1"`}
		first, err := Write2.Call(ctx, site.Calls, in)
		if err != nil || first.Status != http.StatusAccepted || first.ETag == "" {
			t.Fatalf("Write: %+v, %v", first, err)
		}
		same := func(when string) {
			t.Helper()
			again, err := Write2.Call(ctx, site.Calls, in)
			if diff := cmp.Diff(first, again); err != nil || diff != "" {
				t.Errorf("%s: %v (-first +again):\n%s", when, err, diff)
			}
			if n := count(t, site); n != 2 {
				t.Errorf("%s: there are %d lines, want 2", when, n)
			}
		}
		same("again")
		for _, other := range []NewNote{{Text: "two", IfMatch: `"1"`}, {Text: "one"}} {
			if _, err := Write2.Call(ctx, site.Calls, other); !errors.Is(err, spinoff.ErrKeyReused) || spinoff.AsError(err).Status != http.StatusUnprocessableEntity {
				t.Errorf("another request %+v: got %v, want ErrKeyReused", other, err)
			}
		}
		if site.Placement != "together" {
			site.Stop("store")
			if _, err := Write2.Call(ctx, site.Calls, in); !errors.Is(err, spinoff.ErrUnavailable) {
				t.Errorf("while the store is away: got %v, want ErrUnavailable", err)
			}
			site.Start("store")
			same("after a restart")
		}

		ctx = spinoff.WithIdempotencyKey(t.Context(), "versions")
		old, err := Write1.Call(ctx, site.Calls, OldNote{Text: "old"})
		if err != nil {
			t.Fatal(err)
		}
		if new, err := Write2.Call(ctx, site.Calls, NewNote{Text: "old"}); err != nil || new.ID != old.ID || count(t, site) != 4 {
			t.Errorf("v1, then v2: %d, then %d, %v, and %d lines; want the same, and 4", old.ID, new.ID, err, count(t, site))
		}

		ctx = spinoff.WithIdempotencyKey(t.Context(), "fails")
		if _, err := Write2.Call(ctx, site.Calls, NewNote{Text: "again", Do: "fail once"}); !errors.Is(err, errFull) {
			t.Errorf("got %v, want errFull", err)
		}
		if _, err := Write2.Call(ctx, site.Calls, NewNote{Text: "again", Do: "fail once"}); err != nil || count(t, site) != 6 {
			t.Errorf("again after an error: %v, and %d lines; want it done", err, count(t, site))
		}

		ctx = spinoff.WithIdempotencyKey(t.Context(), "nested")
		if made, err := Copy.Call(ctx, site.Calls, NewNote{Text: "copy"}); err != nil || made.Texts[0] == made.Texts[1] || count(t, site) != 10 {
			t.Errorf("a key leaks to the calls of the provider: %v %v, and %d lines; want two notes, and 10", made, err, count(t, site))
		}

		ctx = spinoff.WithOrigin(t.Context(), spinoff.Origin{IdempotencyKey: "one", Person: spinoff.Person{Email: "ada@example.com"}})
		if other, err := Write2.Call(ctx, site.Calls, in); err != nil || other.ID == first.ID {
			t.Errorf("the key of another person: %+v, %v; want a note of her own", other, err)
		}
	})
}

// TestKeyInFlight makes one call many times at once: each is answered with the one note, or told that it is in flight.
func TestKeyInFlight(t *testing.T) {
	spinofftest.Run(t, notes(), "store", func(t *testing.T, site *spinofftest.Site) {
		ctx, in := spinoff.WithIdempotencyKey(t.Context(), "at once"), NewNote{Text: "x"}
		type result struct {
			Note
			err error
		}
		const callers = 16
		results := make(chan result, callers)
		for range callers {
			go func() {
				note, err := Write2.Call(ctx, site.Calls, in)
				results <- result{note, err}
			}()
		}
		ids := map[int64]bool{}
		for range callers {
			switch r := <-results; {
			case r.err == nil:
				ids[r.ID] = true
			case !errors.Is(r.err, spinoff.ErrInFlight):
				t.Errorf("Write: got %v, want a note or ErrInFlight", r.err)
			}
		}
		if len(ids) != 1 || count(t, site) != 2 {
			t.Errorf("%d callers at once: %d different notes and %d lines, want 1 and 2", callers, len(ids), count(t, site))
		}
	})
}
