package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// awkward is a value with everything that a shell or systemd could take for something else.
const awkward = `it's "100%" $(date) \ $HOME; & | > x *~ #`

// TestProcfileRuns has a shell run a line of a Procfile, with a program in place of the project's that says how it was called.
func TestProcfileRuns(t *testing.T) {
	folder := t.TempDir()
	program := "#!/bin/sh\necho \"$@\"\necho \"[$MODE] [$TILL_API] [$DATABASE_URL]\"\n"
	if err := os.WriteFile(filepath.Join(folder, "shop"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	plan := planOf(t, "database: postgres\nprocesses:\n  web: {apps: [site, catalogue], database: sqlite, env: {MODE: '"+strings.ReplaceAll(awkward, "'", "''")+"'}}\n  till: {apps: [till, basket, billing]}")
	for line := range strings.Lines(string(filesOf(t, plan, "procfile")[0].Text)) {
		command, isWeb := strings.CutPrefix(line, "web: ")
		if !isWeb {
			continue
		}
		sh := exec.CommandContext(t.Context(), "sh", "-c", command)
		sh.Env = []string{"PATH=" + folder + ":" + os.Getenv("PATH"), "DATABASE_URL=postgres://for/the/till"}
		got, err := sh.CombinedOutput()
		want := "up site catalogue --addr 127.0.0.1:8000\n[" + awkward + "] [http://127.0.0.1:8001/till] []\n"
		if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
			t.Errorf("sh -c %q: %v (-want +got)\n%s", command, err, diff)
		}
		return
	}
	t.Error("there is no process web")
}

// TestUnits has systemd itself look at the units. It only warns of names that it does not know, so that it may say nothing at all.
func TestUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here; Debian has it in the package systemd")
	}
	plan := planOf(t, "database: postgres\nenv: {MODE: '"+strings.ReplaceAll(awkward, "'", "''")+"'}\nprocesses:\n"+
		"  web: {apps: [site], database: sqlite, limits: {cpu: 1500m}}\n  rest: {apps: [catalogue, basket, billing, till]}")
	verify := func(change func(string) string) string {
		folder := t.TempDir()
		arguments := []string{"verify", "--man=no"}
		for _, f := range filesOf(t, plan, "systemd") {
			if !strings.HasSuffix(f.Name, ".conf") {
				arguments = append(arguments, filepath.Join(folder, f.Name))
			}
			text := strings.ReplaceAll(string(f.Text), "/usr/local/bin/shop", "/bin/true") // it looks whether the program is there
			if err := os.WriteFile(filepath.Join(folder, f.Name), []byte(change(text)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		said, _ := exec.CommandContext(t.Context(), analyze, arguments...).CombinedOutput() // what it says counts
		return string(said)
	}
	if said := verify(func(text string) string { return text }); said != "" {
		t.Errorf("systemd-analyze verify says:\n%s", said)
	}
	spoilt := func(text string) string { return strings.ReplaceAll(text, "ProtectSystem", "ProtectSystems") }
	if said := verify(spoilt); !strings.Contains(said, "ProtectSystems") {
		t.Errorf("systemd-analyze verify does not see what is wrong on purpose; it says:\n%s", said)
	}
}
