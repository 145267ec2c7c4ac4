package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/spinoff-go/spinoff/contract/usage"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/run"
)

func TestMain(m *testing.M) {
	oldShop := create1.App(func(_ context.Context, in newItem1) (item1, error) { return item1{"old " + in.Name}, nil })
	testscript.Main(m, map[string]func(){
		"corner":    func() { run.Main(project(nothing{})) },
		"cellar":    func() { run.Apps(cellar) },
		"winery":    func() { run.Apps(winery, bar) },
		"depot":     func() { run.Main(depot(2)) },
		"market":    func() { run.Main(market(true)) },
		"newmarket": func() { run.Main(market(false)) }, // without version 1 of the stall
		"olddepot":  func() { run.Main(depot(1)) },      // before its second migration
		"oldshop":   func() { run.Apps(oldShop) },       // before there was version 2
	})
}

// TestScripts runs the scripts in testdata/script: what a user could have typed. In them $ADDR1 and $ADDR2 are free addresses,
// "ready URL" waits until a process answers, "away URL" until it does not, "get URL [TEXT]" wants a page with the text, and
// "hang URL" sends a request and does not read the answer, "until PATTERN PROGRAM ARG..." runs a program until it prints what
// matches, "post URL STATUS TEXT" sends name=bread with the user in the URL, "refused URL" and
// "taken URL" do it until the answer is 401 or 200, "secret NAME" puts the secret that was printed into $NAME, "age DAYS" makes what the stall has counted older, "gaps N TEXT" looks two minutes ahead for gaps, "id WORD" puts the id of the event with a subject into $ID, and "bury" gives up the ledger's failed events, as the last try does.
func TestScripts(t *testing.T) { testscript.Run(t, scripts("testdata/script")) }

func scripts(folder string) testscript.Params {
	return testscript.Params{
		Dir: folder,
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"ADDR1", "ADDR2"} {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					return err
				}
				e.Setenv(name, l.Addr().String())
				e.Setenv(strings.Replace(name, "ADDR", "PORT", 1), strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
				defer l.Close() // when all are chosen, so that they differ
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"ready": func(ts *testscript.TestScript, _ bool, args []string) {
				for range 400 {
					if status, _ := fetch(args[0] + "/readyz"); status == http.StatusOK {
						return
					}
					time.Sleep(25 * time.Millisecond)
				}
				ts.Fatalf("%s does not get ready", args[0])
			},
			"away": func(ts *testscript.TestScript, _ bool, args []string) {
				for range 400 {
					if status, _ := fetch(args[0]); status == 0 {
						return
					}
					time.Sleep(25 * time.Millisecond)
				}
				ts.Fatalf("%s goes on answering", args[0])
			},
			"until": func(ts *testscript.TestScript, _ bool, args []string) {
				pattern := regexp.MustCompile(args[0])
				for range 200 {
					if err := ts.Exec(args[1], args[2:]...); err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
						return
					}
					time.Sleep(25 * time.Millisecond)
				}
				ts.Fatalf("%v does not print %q; it prints\n%s", args[1:], args[0], ts.ReadFile("stdout"))
			},
			"id": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(ts.Exec("depot", "events", "list", "--json", "-n", "1", "--subject", args[0]))
				var found []struct{ ID string }
				ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &found))
				if len(found) == 0 {
					ts.Fatalf("no event about %s", args[0])
				}
				ts.Setenv("ID", found[0].ID)
			},
			"post": func(ts *testscript.TestScript, _ bool, args []string) {
				if status, body := order(args[0]); strconv.Itoa(status) != args[1] || !strings.Contains(body, args[2]) {
					ts.Fatalf("post %s: got status %d, want %s\n%s\nwant %q", args[0], status, args[1], body, args[2])
				}
			},
			"age": func(ts *testscript.TestScript, _ bool, args []string) {
				days, err := strconv.Atoi(args[0])
				ts.Check(err)
				ms := int64(days) * 24 * 60 * 60 * 1000
				inStall(ts, func(ctx context.Context, db *data.DB) error {
					return db.Write(ctx, func(tx *data.Tx) error {
						_, err := data.Exec(ctx, tx, "UPDATE spinoff_counting SET began_at = began_at - $1, counted_to = counted_to - $2", ms, ms)
						if err == nil {
							_, err = data.Exec(ctx, tx, "UPDATE spinoff_uses SET day = date(day, $1), last_at = last_at - $2", fmt.Sprintf("-%d days", days), ms)
						}
						return err
					})
				})
			},
			"gaps": func(ts *testscript.TestScript, _ bool, args []string) {
				inStall(ts, func(ctx context.Context, db *data.DB) error {
					later := time.Now().Add(2 * time.Minute)
					r, err := usage.Read(ctx, db, later, 30)
					if err == nil && (strconv.Itoa(len(r.Gaps)) != args[0] || r.Gaps[0].Why != args[1] || r.Gaps[0].From.After(time.Now()) || r.Gaps[0].To.Before(time.Now())) {
						ts.Fatalf("gaps: got %+v, want %s around now: %s", r.Gaps, args[0], args[1])
					}
					return err
				})
			},
			"bury": func(ts *testscript.TestScript, _ bool, _ []string) {
				db := data.New(func() string { return "sqlite:" + ts.MkAbs("data/ledger.db") }, entries)
				ctx := context.Background()
				ts.Check(db.Open(ctx))
				defer db.Close()
				ts.Check(db.Write(ctx, func(tx *data.Tx) error {
					_, err := data.Exec(ctx, tx, "UPDATE spinoff_failed SET next_at = 0")
					return err
				}))
			},
			"hang": func(ts *testscript.TestScript, _ bool, args []string) {
				response, err := http.Get(args[0])
				ts.Check(err)
				ts.Defer(func() { response.Body.Close() })
			},
			"refused": func(ts *testscript.TestScript, _ bool, args []string) {
				untilStatus(ts, args[0], http.StatusUnauthorized)
			},
			"taken": func(ts *testscript.TestScript, _ bool, args []string) { untilStatus(ts, args[0], http.StatusOK) },
			"secret": func(ts *testscript.TestScript, _ bool, args []string) {
				found := regexp.MustCompile("spinoff_[A-Za-z0-9_-]{43}").FindString(ts.ReadFile("stdout"))
				if found == "" {
					ts.Fatalf("no secret is shown")
				}
				ts.Setenv(args[0], found)
			},
			"get": func(ts *testscript.TestScript, neg bool, args []string) {
				status, body := fetch(args[0])
				if (status >= 400 || status == 0) != neg {
					ts.Fatalf("get %s: status %d\n%s", args[0], status, body)
				}
				if len(args) > 1 && !strings.Contains(body, args[1]) {
					ts.Fatalf("get %s: got\n%s\nwant %q", args[0], body, args[1])
				}
			},
		},
	}
}

// order sends name=bread with the user in the URL, if there is one; status 0 means that nothing answers.
func order(address string) (status int, body string) {
	response, err := http.PostForm(address, url.Values{"name": {"bread"}})
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

// untilStatus orders until the answer has a status.
func untilStatus(ts *testscript.TestScript, address string, want int) {
	for range 200 {
		if status, _ := order(address); status == want {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	ts.Fatalf("%s does not come to answer with status %d", address, want)
}

// inStall opens the database of the stall for do.
func inStall(ts *testscript.TestScript, do func(context.Context, *data.DB) error) {
	db := data.New(func() string { return "sqlite:" + ts.MkAbs("data/stall.db") }, table("0001_x", "x", "text TEXT"))
	ctx := context.Background()
	ts.Check(db.Open(ctx))
	ts.Check(errors.Join(do(ctx, db), db.Close()))
}

// fetch gets a page as a browser does; status 0 means that nothing answers.
func fetch(url string) (status int, body string) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, err.Error()
	}
	r.Header.Set("Accept", "text/html")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}
