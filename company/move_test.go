package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

var (
	moves = flag.Int("moves", 6, "how often the FAQ moves under load")
	kills = flag.Bool("kills", false, "kill at every step of a move, and not only at some; some minutes")
)

// texts returns a column of the database of an app.
func texts(t *testing.T, data, app, query string) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, app+".db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// command runs a command of the company, and returns what it prints.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	return string(out), err
}

var pause = regexp.MustCompile(`after a pause of (\S+)`)

// moved moves the FAQ, out or back, and returns the pause.
func moved(t *testing.T, data string, back bool) time.Duration {
	t.Helper()
	out, err := command(t, moveArgs(data, back)...)
	if err != nil {
		t.Fatalf("company move: %v\n%s", err, out)
	}
	found := pause.FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("company move does not say how long the pause was:\n%s", out)
	}
	took, err := time.ParseDuration(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return took
}

func moveArgs(data string, back bool) []string {
	args := []string{"move", "faq", "--data", data}
	if back {
		args = append(args, "--back")
	}
	return args
}

// TestMoveUnderLoad: the FAQ leaves the process and comes back, again and again, while people read and write. No request fails, and nothing that was acknowledged is lost.
func TestMoveUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run")
	}
	data := t.TempDir()
	front := up(t, data, nil, freeAddress(t), "--seed")
	l := newLoad(t, front.url, false)
	var pauses []time.Duration
	streams := l.stream(signedIn(t, front.url), "/faq/live")
	l.during(60, func() {
		for i := range *moves {
			pauses = append(pauses, moved(t, data, i%2 == 1))
			time.Sleep(200 * time.Millisecond)
		}
	})
	if n := streams(); n < *moves {
		t.Errorf("%d streams of events were opened during %d moves; each move was to end one, and it to be opened again", n, *moves)
	}
	l.check(data)
	t.Logf("%d moves: pause p50 %s, p99 %s; requests p50 %s, p99 %s, longest %s", len(pauses), quantile(pauses, 0.5), quantile(pauses, 0.99),
		quantile(l.waits, 0.5), quantile(l.waits, 0.99), quantile(l.waits, 1))
	front.kill() // it writes no more
	if said := front.out.String(); t.Failed() || strings.Contains(said, "DATA RACE") || strings.Contains(said, "panic:") {
		t.Errorf("what the processes said:\n%s", said)
	}
}

// TestPeerDies: the process of an app that has moved is started again when it dies, and the app comes back from it all the same.
func TestPeerDies(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run")
	}
	data := t.TempDir()
	front := up(t, data, nil, freeAddress(t), "--seed")
	out, err := command(t, moveArgs(data, false)...)
	if err != nil {
		t.Fatalf("company move: %v\n%s", err, out)
	}
	var pid int
	if _, err := fmt.Sscanf(out, "prepared: process %d", &pid); err != nil {
		t.Fatalf("company move does not say which process is prepared: %v\n%s", err, out)
	}
	l := newLoad(t, front.url, false)
	if l.write("faq", "load before", "/faq/v2/create", map[string]any{"question": "load before", "source": 1}); len(l.failed) > 0 {
		t.Fatal(l.failed)
	}
	peer, err := os.FindProcess(pid)
	if err == nil {
		err = peer.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	again := newLoad(t, front.url, true)
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(50 * time.Millisecond) {
		if status, _, err := again.exchange(http.MethodGet, "/faq/v2/entries", "", "application/json", nil); err == nil && status == http.StatusOK {
			break
		}
	}
	l.write("faq", "load after", "/faq/v2/create", map[string]any{"question": "load after", "source": 2})
	moved(t, data, true)
	l.check(data)
}

// fault is a step of a move at which a process is killed.
type fault struct {
	step string // as SPINOFF_FAULT has it
	back bool   // whether it is one of the way back
	some bool   // whether it is tried in a quick run too
}

// faults are all steps of both sides; those that only come after another fault come with it.
func faults() (all []fault) {
	for _, when := range []string{"before", "after"} {
		for _, does := range []string{"prepare", "pause", "grant", "open", "route"} {
			all = append(all, fault{"coordinator " + when + " " + does, false, does == "grant" && when == "after"})
		}
		for _, does := range []string{"recall", "return", "resume", "discard"} {
			all = append(all, fault{"coordinator " + when + " " + does, true, false})
		}
		for _, does := range []string{"take", "resume"} {
			all = append(all, fault{"peer before join,coordinator " + when + " " + does, false, false})
		}
		all = append(all, fault{"peer " + when + " join", false, when == "after"}, fault{"peer " + when + " leave", true, false}, fault{"peer " + when + " give", true, when == "after"})
	}
	return all
}

// TestKillDuringMove kills either side, by SIGKILL, at every step. Calls wait, or find the project again after its restart; nothing that was acknowledged is lost, and nothing
// happens twice; and the project finds back to a state in which it is whole, and from which the FAQ moves again.
func TestKillDuringMove(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run")
	}
	for _, f := range faults() {
		if !f.some && !*kills {
			continue
		}
		t.Run(f.step, func(t *testing.T) { killDuringMove(t, f) })
	}
}

func killDuringMove(t *testing.T, f fault) {
	data, addr := t.TempDir(), freeAddress(t)
	front := up(t, data, []string{"SPINOFF_FAULT=" + f.step}, addr, "--seed")
	isKilled := strings.Contains(f.step, "coordinator")
	l := newLoad(t, front.url, isKilled)
	l.during(30, func() {
		if f.back {
			moved(t, data, false)
		}
		out, err := command(t, moveArgs(data, f.back)...)
		switch {
		case isKilled && err == nil && !strings.HasSuffix(f.step, "after discard") && !strings.HasSuffix(f.step, "after route"):
			t.Errorf("the coordinator was to be killed, and the move succeeds:\n%s", out)
		case isKilled:
			_ = front.command.Wait()
			front = up(t, data, nil, addr)
		case f.back && err != nil, !f.back && err == nil:
			t.Errorf("the peer was killed, and the move ends with %v:\n%s", err, out)
		}
		time.Sleep(300 * time.Millisecond)
	})
	l.check(data)
	if t.Failed() {
		front.kill() // it writes no more
		t.Log(front.out)
		return
	}
	if out, err := command(t, "status", "--data", data); err != nil || strings.Contains(out, "unavailable") {
		t.Errorf("company status: %v\n%s", err, out)
	}
	if isKilled { // else it still has the order to kill the next peer
		for _, back := range []bool{false, true} {
			moved(t, data, back)
		}
	}
	if holder := texts(t, data, "faq", "SELECT holder FROM spinoff_lease"); len(holder) != 1 || holder[0] != "" {
		t.Errorf("the app is here, and the lease is for %q", holder)
	}
}
