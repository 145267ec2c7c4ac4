package keys_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/keys"
)

func newKey(t *testing.T, consumer string) (keys.Key, string) {
	t.Helper()
	k, secret, err := keys.New(consumer, "made today")
	if err != nil {
		t.Fatal(err)
	}
	return k, secret
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestParse(t *testing.T) {
	a, secret := newKey(t, "support")
	b, _ := newKey(t, "billing")
	noted := func(k keys.Key, note string) keys.Key { k.Note = note; return k }
	for _, c := range []struct {
		text string
		want []keys.Key
		err  string
	}{
		{"", nil, ""},
		{a.String() + "," + b.String() + ", ", []keys.Key{noted(a, ""), noted(b, "")}, ""},
		{"# who may call\n\n" + a.String() + "  # old\r\n" + b.String(), []keys.Key{noted(a, "old"), noted(b, "")}, ""},
		{a.String() + "," + "billing", nil, "key 2: it is NAME:HASH, and a hash begins"},
		{"support:" + secret, nil, "key 1: it has a secret where a hash belongs"},
		{a.String() + "x", nil, "a hash begins with sha256- and has 43"},
		{strings.TrimSuffix(a.String(), a.String()[len(a.String())-2:]), nil, "a hash begins"},
		{"support:md5-abc", nil, "begins with sha256-"},
		{"sup port:" + a.Hash, nil, "the name of a consumer is letters"},
		{":" + a.Hash, nil, "the name of a consumer is letters"},
		{secret, nil, "key 1: "},
	} {
		got, err := keys.Parse(c.text)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("Parse(%q): %v, want %q", c.text, err, c.err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("Parse(%q) tells the secret: %v", c.text, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Parse(%q): %s", c.text, diff)
		}
	}
}

func TestVerify(t *testing.T) {
	old, oldSecret := newKey(t, "support")
	now, nowSecret := newKey(t, "support")
	other, otherSecret := newKey(t, "billing")
	ring, err := keys.NewRing(keys.Settings{Value: old.String() + "," + now.String() + "," + other.String()})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		consumer, secret string
		want             bool
	}{
		{"support", oldSecret, true},
		{"support", nowSecret, true},
		{"billing", otherSecret, true},
		{"support", otherSecret, false},
		{"billing", oldSecret, false},
		{"shop", oldSecret, false},
		{"", oldSecret, false},
		{"support", "", false},
		{"support", old.Hash, false},
		{"support", oldSecret + "x", false},
		{"Support", oldSecret, false},
	} {
		if got := ring.Verify(c.consumer, c.secret); got != c.want {
			t.Errorf("Verify(%q, %q): got %v, want %v", c.consumer, c.secret, got, c.want)
		}
	}
	var none *keys.Ring
	if none.Asks() || none.Verify("support", oldSecret) || none.Keys() != nil {
		t.Error("a nil ring: want no keys")
	}
}

// TestFile changes the file of an open ring in all the ways there are.
func TestFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys", "faq.keys")
	var log bytes.Buffer
	ring, err := keys.NewRing(keys.Settings{File: file, Used: filepath.Join(filepath.Dir(file), "faq.used"), Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if ring.Asks() {
		t.Fatal("without a file: the ring asks, want that it does not")
	}
	if err := ring.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	until := func(what string, is func() bool) {
		t.Helper()
		for range 400 {
			if is() {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("%s is not heeded", what)
	}
	a, aSecret := newKey(t, "support")
	if err := keys.Add(file, a); err != nil {
		t.Fatal(err)
	}
	until("the first key", func() bool { return ring.Verify("support", aSecret) })
	b, bSecret := newKey(t, "support")
	if err := keys.Add(file, b); err != nil {
		t.Fatal(err)
	}
	until("a second key", func() bool { return ring.Verify("support", bSecret) })
	if !ring.Verify("support", aSecret) {
		t.Error("the first key is refused beside the second")
	}

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, "half a li")
	time.Sleep(1500 * time.Millisecond)
	if !ring.Verify("support", aSecret) {
		t.Error("a file that cannot be read has closed the door")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	if !ring.Asks() || !ring.Verify("support", aSecret) || ring.Verify("eve", aSecret) {
		t.Error("a file that is gone has changed who may call")
	}
	write(t, file, string(text))
	removed, err := keys.Remove(file, func(k keys.Key) bool { return k.ID() == a.ID() })
	if err != nil || len(removed) != 1 || removed[0] != a {
		t.Fatalf("Remove: %v, %v; want %v", removed, err, a)
	}
	until("a revoked key", func() bool { return !ring.Verify("support", aSecret) })
	if !ring.Verify("support", bSecret) {
		t.Error("the key that is left is refused")
	}
	if _, err := keys.Remove(file, func(keys.Key) bool { return true }); err != nil {
		t.Fatal(err)
	}
	until("the end of all keys", func() bool { return !ring.Verify("support", bSecret) })
	if !ring.Asks() {
		t.Error("without a key in its file, the ring lets everybody in")
	}
	write(t, file, a.String()+"\n"+b.String()+"\n")
	until("what is back", func() bool { return ring.Verify("support", aSecret) })
	if err := ring.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"half", aSecret, bSecret} {
		if strings.Contains(log.String(), want) {
			t.Errorf("the log repeats %q:\n%s", want, log.String())
		}
	}
	for _, want := range []string{"key 1: it is NAME:HASH", "is gone; the keys that were in it go on being good"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}

	uses, err := keys.ReadUses(filepath.Join(filepath.Dir(file), "faq.used"))
	if err != nil || uses[a.ID()].Calls == 0 || uses[a.ID()].Last.IsZero() {
		t.Errorf("ReadUses: %v, %v; want calls with key %s", uses, err, a.ID())
	}
}

func TestRemoveKeepsTheRest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "faq.keys")
	a, _ := newKey(t, "support")
	b, _ := newKey(t, "billing")
	c, _ := newKey(t, "shop")
	write(t, file, "# mine\n"+a.String()+", "+b.String()+" # both\n\n"+c.String()+"\n")
	if _, err := keys.Remove(file, func(k keys.Key) bool { return k.Consumer == "support" }); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if want := "# mine\n" + b.String() + "  # both\n\n" + c.String() + "\n"; err != nil || string(got) != want {
		t.Errorf("Remove left %q, %v; want %q", got, err, want)
	}
	if removed, err := keys.Remove(file, func(keys.Key) bool { return false }); err != nil || removed != nil {
		t.Errorf("Remove of nothing: %v, %v", removed, err)
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	folder := t.TempDir()
	bad := filepath.Join(folder, "bad")
	write(t, bad, "support\n")
	for _, c := range []struct {
		settings keys.Settings
		want     string
	}{
		{keys.Settings{Value: " "}, "has no key in it"},
		{keys.Settings{Value: "support:x"}, "key 1: "},
		{keys.Settings{File: filepath.Join(folder, "none"), Required: true}, "none is not there"},
		{keys.Settings{File: bad}, "bad: key 1: "},
	} {
		if _, err := keys.NewRing(c.settings); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("NewRing(%+v): %v, want %q", c.settings, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("support:sha256-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU, # note\nbilling:x")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := keys.Parse(text)
		if err != nil {
			return
		}
		for _, k := range all {
			again, err := keys.Parse(k.String())
			if err != nil || len(again) != 1 || again[0].Hash != k.Hash || again[0].Consumer != k.Consumer || len(k.ID()) != 8 {
				t.Fatalf("Parse(%q) of a key of %q: %v, %v", k.String(), text, again, err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	k, secret, err := keys.New("support", "")
	if err != nil {
		b.Fatal(err)
	}
	ring, err := keys.NewRing(keys.Settings{Value: k.String()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !ring.Verify("support", secret) {
			b.Fatal("refused")
		}
	}
}
