package run_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/spinoff-go/spinoff/run"
)

// journal is a log that a test may read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// TestBrokenPage: a page that panics is a page that says so, and a line in the log that says where.
func TestBrokenPage(t *testing.T) {
	var log journal
	server := start(t, project(nothing{}), run.Options{Data: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	status, body, header := ask(t, http.MethodGet, server.URL+"/shop/broken", map[string]string{"X-Request-Id": "one-two-three"})
	if status != http.StatusInternalServerError || !strings.Contains(body, "Something went wrong on our side") || strings.Contains(body, "shelf") {
		t.Errorf("GET /shop/broken: %d %s, want the page of a 500, without the cause", status, body)
	}
	if header.Get("Content-Security-Policy") == "" {
		t.Error("GET /shop/broken: no Content-Security-Policy")
	}
	for _, want := range []string{"level=ERROR", "app=shop", "the shelf fell down", "project_test.go", "request_id=one-two-three", `route="GET /broken"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s:\n%s", want, log.String())
		}
	}
	response, err := http.Get(server.URL + "/shop/halfway")
	if err == nil {
		_, err = io.ReadAll(response.Body)
		response.Body.Close()
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("GET /shop/halfway: %v, want an answer that is seen to be cut off", err)
	}
	if status, body, _ := ask(t, http.MethodGet, server.URL+"/shop/", nil); status != http.StatusOK {
		t.Errorf("GET /shop/ afterwards: %d %s", status, body)
	}
}

// TestFormApart: a form is accepted from our own page, and refused from another site, wherever the app runs.
func TestFormApart(t *testing.T) {
	data := t.TempDir()
	shop := start(t, project(nothing{}), run.Options{Data: data, Only: []string{"shop"}})
	together := start(t, project(nothing{}), run.Options{Data: t.TempDir()})
	front := start(t, project(nothing{}), run.Options{Data: data, Environ: func(name string) string { return map[string]string{"SHOP_API": shop.URL}[name] }})
	for place, url := range map[string]string{"together": together.URL, "apart": front.URL} {
		for name, c := range map[string]struct {
			header map[string]string
			want   int
		}{
			"a program":                       {nil, http.StatusOK},
			"our own page":                    {map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": url}, http.StatusOK},
			"our own page, in an old browser": {map[string]string{"Origin": url}, http.StatusOK},
			"another site":                    {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, http.StatusForbidden},
			"another site, in an old browser": {map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
			"a page of the other process":     {map[string]string{"Origin": shop.URL}, http.StatusForbidden},
		} {
			if status, body, _ := ask(t, http.MethodPost, url+"/shop/basket", c.header); status != c.want {
				t.Errorf("%s: a form from %s: %d %s, want %d", place, name, status, body, c.want)
			}
		}
	}
}
