package run

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/spinoff-go/spinoff"
)

const traced = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

// TestLocatedIsASlogHandler runs the suite of the standard library.
func TestLocatedIsASlogHandler(t *testing.T) {
	var text bytes.Buffer
	app := "shop"
	slogtest.Run(t, func(*testing.T) slog.Handler {
		text.Reset()
		return located{Handler: slog.NewJSONHandler(&text, nil), app: &app}
	}, func(t *testing.T) map[string]any {
		line := map[string]any{}
		if err := json.Unmarshal(text.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line["app"] != "shop" {
			t.Errorf("the line is of app %v, want shop: %s", line["app"], text.Bytes())
		}
		delete(line, "app")
		return line
	})
}

// TestLocated: each line says where it comes from, whatever groups it has, and nobody can forge one.
func TestLocated(t *testing.T) {
	var text bytes.Buffer
	app := "shop"
	log := slog.New(located{Handler: slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}), app: &app})
	ctx := spinoff.WithOrigin(t.Context(), spinoff.Origin{RequestID: "one", Trace: traced})
	const where = ` app=shop request_id=one trace_id=0af7651916cd43dd8448eb211c80319c span_id=b7ad6b7169203331`
	for _, c := range []struct {
		name string
		log  func()
		want string
	}{
		{"a request", func() { log.InfoContext(ctx, "x", "n", 1) }, `level=INFO msg=x n=1` + where},
		{"no request", func() { log.Info("x") }, `level=INFO msg=x app=shop`},
		{"an empty origin", func() { log.InfoContext(spinoff.WithOrigin(context.Background(), spinoff.Origin{}), "x") }, `level=INFO msg=x app=shop`},
		{"a group", func() { log.WithGroup("g").With("a", 1).InfoContext(ctx, "x", "n", 1) }, `level=INFO msg=x` + where + ` g.a=1 g.n=1`},
		{"with, then a group", func() { log.With("a", 1).WithGroup("g").InfoContext(ctx, "x", "n", 1) }, `level=INFO msg=x a=1` + where + ` g.n=1`},
		{"lines in a value", func() { log.InfoContext(ctx, "x", "v", "a\r\nlevel=ERROR msg=forged") }, `level=INFO msg=x v="a\r\nlevel=ERROR msg=forged"` + where},
		{"lines in a message and a key", func() { log.Info("a\nb", "k\nk", "v") }, `level=INFO msg="a\nb" "k\nk"=v app=shop`},
		{"an escape of the terminal", func() { log.Info("x", "v", "\x1b[2J") }, `level=INFO msg=x v="\x1b[2J" app=shop`},
	} {
		text.Reset()
		c.log()
		if got := strings.TrimSuffix(text.String(), "\n"); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
	one := log.WithGroup("g")
	two := one.With("a", 1)
	_ = one.With("b", 2) // which must not end in two
	text.Reset()
	two.Info("x")
	if got := text.String(); !strings.Contains(got, "g.a=1") || strings.Contains(got, "g.b") {
		t.Errorf("a logger has what another one was given: %s", got)
	}
}
