package call_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// TestOneLineForEachCall: each call has one line in the log, whose level says whether somebody has to look into it.
func TestOneLineForEachCall(t *testing.T) {
	var text bytes.Buffer
	type none = struct{}
	endpoint := spinoff.Endpoint[entryID, none]{Service: spinoff.Service{Name: "faq", Version: 1}, Route: "GET /do/{id}", Errors: []*spinoff.Error{gone}}
	answer := func(_ context.Context, in entryID) (none, error) {
		switch in.ID {
		case "gone":
			return none{}, gone.With("entry %s", in.ID)
		case "because":
			return none{}, gone.Because(errors.New("the disk is full"))
		case "broken":
			return none{}, errors.New("no such table\nlevel=INFO msg=forged")
		case "slow":
			time.Sleep(1010 * time.Millisecond)
		case "full":
			return none{}, spinoff.ErrOverloaded
		}
		return none{}, nil
	}
	provider, err := call.NewProvider("faq", []spinoff.Handler{endpoint.Serve(answer)}, nil, nil, slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	calls := call.NewAllCalls("test", call.Targets{"faq": {Local: provider}})
	const of = ` endpoint=faq.v1.do side=provider consumer=test placement=in_process status=`
	for _, c := range []struct{ id, want string }{
		{"7", `level=DEBUG msg=call` + of + `204 duration_ms=N`},
		{"gone", `level=DEBUG msg="call failed"` + of + `410 duration_ms=N code=faq.gone error="it is gone: entry gone"`},
		{"because", `level=ERROR msg="call failed"` + of + `410 duration_ms=N code=faq.gone error="it is gone" cause="the disk is full"`},
		{"broken", `level=ERROR msg="call failed"` + of + `500 duration_ms=N code=internal error="no such table\nlevel=INFO msg=forged"`},
		{"full", `level=DEBUG msg="call failed"` + of + `503 duration_ms=N code=overloaded error="the provider has too much to do"`},
		{"slow", `level=WARN msg="slow call"` + of + `204 duration_ms=N`},
	} {
		text.Reset()
		_, _ = endpoint.Call(t.Context(), calls, entryID{ID: c.id})
		_, got, _ := strings.Cut(regexp.MustCompile(`duration_ms=[0-9.e+-]+`).ReplaceAllString(text.String(), "duration_ms=N"), " ")
		want := strings.Replace(c.want, "faq.v1.do ", endpoint.Operation().FullName()+" ", 1) + "\n"
		if got != want {
			t.Errorf("%s:\ngot  %swant %s", c.id, got, want)
		}
	}
}
