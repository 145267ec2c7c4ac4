package spinofftest_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/spinofftest"
)

type (
	word struct {
		Text string `json:"text"`
	}
	word1 struct {
		Text string `json:"text"`
	}
	word2 struct {
		Text string `json:"text"`
	}
	said struct {
		Text string `json:"text"`
	}
	said1 struct {
		Text string `json:"text"`
	}
	said2 struct {
		Text string `json:"text"`
	}
)

// echoes is a project with an endpoint that is to go, and an app that still calls it.
func echoes() spinoff.Project {
	echo1 := spinoff.Endpoint[word1, said1]{
		Service: spinoff.Service{Name: "echo", Version: 1}, Route: "POST /say",
		Deprecated: &spinoff.Deprecation{On: "2026-11-01", Successor: "echo.v2.say"},
	}
	echo2 := spinoff.Endpoint[word2, said2]{Service: spinoff.Service{Name: "echo", Version: 2}, Route: "POST /say"}
	relay := spinoff.Endpoint[word, said]{Service: spinoff.Service{Name: "relay", Version: 1}, Route: "POST /pass"}
	return spinoff.Project{Apps: []spinoff.New{
		func(spinoff.Env) (spinoff.App, error) {
			return spinoff.App{Name: "echo", Provides: []spinoff.Handler{
				echo2.Serve(func(_ context.Context, in word2) (said2, error) { return said2(in), nil }),
				spinoff.Older(echo1, echo2, func(in word1) word2 { return word2(in) }, func(out said2) said1 { return said1(out) }),
			}}, nil
		},
		relay.AppUsing(func(ctx context.Context, calls spinoff.Caller, in word) (said, error) {
			out, err := echo1.Call(ctx, calls, word1(in))
			return said(out), err
		}, echo1.Service),
	}}
}

// TestCallsDeprecated passes, unless tests are to fail on what is deprecated.
func TestCallsDeprecated(t *testing.T) {
	if os.Getenv("SPINOFF_TEST_ECHOES") == "" {
		t.Skip("TestFailOnDeprecated runs it")
	}
	spinofftest.Run(t, echoes(), "echo", func(t *testing.T, site *spinofftest.Site) {
		site.AllowDeprecated("echo.v1.say") // for the call by the test itself
		for _, address := range []string{site.Base("echo") + "/v1/say", site.Base("relay") + "/v1/pass"} {
			response, err := http.PostForm(address, url.Values{"text": {"hello"}})
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
		}
	})
}

func TestFailOnDeprecated(t *testing.T) {
	for _, c := range []struct {
		name, flag, env string
		fails           bool
	}{
		{"not asked for", "-test.v", "", false},
		{"by the flag", "-fail-on-deprecated", "", true},
		{"by the variable", "-test.v", "SPINOFF_FAIL_ON_DEPRECATED=1", true},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			program := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCallsDeprecated$", c.flag)
			program.Env = append(os.Environ(), "SPINOFF_TEST_ECHOES=1", "SPINOFF_FAIL_ON_DEPRECATED=", c.env)
			out, err := program.CombinedOutput()
			if (err != nil) != c.fails {
				t.Fatalf("got %v, want a failure: %v\n%s", err, c.fails, out)
			}
			const want = "relay called echo.v1.say 1 times, which is deprecated from 2026-11-01; use echo.v2.say"
			if got := strings.Count(string(out), want); c.fails && got != 4 {
				t.Errorf("%q is said %d times, want once for each placement:\n%s", want, got, out)
			}
			if strings.Contains(string(out), "unknown called") {
				t.Errorf("what the test allows for itself is a failure:\n%s", out)
			}
		})
	}
}
