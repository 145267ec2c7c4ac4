package call_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

var anna = spinoff.Person{Email: "anna@example.com", Name: "Anna"}

// seed returns the seed of an identity of the tests.
func seed(fill byte) []byte { return []byte(strings.Repeat(string(fill), ed25519.SeedSize)) }

// made returns a statement as somebody who has the key of fill could make it.
func made(t *testing.T, fill byte, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode(payload) + "." + encode(ed25519.Sign(ed25519.NewKeyFromSeed(seed(fill)), payload))
}

// TestForgedStatements sends what is no statement of the project to the real provider; it never finds out somebody.
func TestForgedStatements(t *testing.T) {
	server := serveFAQ(t)
	now := time.Now().Unix()
	claims := func(change map[string]any) map[string]any {
		all := map[string]any{"person": anna, "aud": "faq", "exp": now + 30}
		maps.Copy(all, change)
		return all
	}
	good := testIdentity(t, 'k').Sign(anna, "faq")
	head, tail, _ := strings.Cut(good, ".")
	changed := head + ".A" + tail[1:]
	if changed == good {
		changed = head + ".B" + tail[1:]
	}
	encode := base64.RawURLEncoding.EncodeToString
	jwt := func(algorithm string, sign func(text string) []byte) string {
		payload, err := json.Marshal(claims(nil))
		if err != nil {
			t.Fatal(err)
		}
		text := encode([]byte(`{"alg":"`+algorithm+`","typ":"JWT"}`)) + "." + encode(payload)
		return text + "." + encode(sign(text))
	}
	mac := func(text string) []byte {
		h := hmac.New(sha256.New, ed25519.NewKeyFromSeed(seed('k')).Public().(ed25519.PublicKey))
		fmt.Fprint(h, text)
		return h.Sum(nil)
	}
	for _, c := range []struct {
		name   string
		values []string
		want   string // part of the problem
	}{
		{"as it is", []string{good}, ""},
		{"made by hand with the key", []string{made(t, 'k', claims(nil))}, ""},
		{"by another key", []string{made(t, 'x', claims(nil))}, "not by this project's key"},
		{"another payload", []string{encode([]byte(`{"person":{"email":"eve@example.com"},"aud":"faq","exp":9999999999}`)) + "." + tail}, "not by this project's key"},
		{"no signature", []string{head}, "not a statement"},
		{"an empty signature", []string{head + "."}, "not a statement"},
		{"cut", []string{good[:len(good)-1]}, "not a statement"},
		{"cut at the head", []string{good[1:]}, ""},
		{"padded", []string{good + "="}, "not a statement"},
		{"one character changed", []string{changed}, "not by this project's key"},
		{"JWT without algorithm", []string{jwt("none", func(string) []byte { return nil })}, "not a statement"},
		{"JWT with the public key as a secret", []string{jwt("HS256", mac)}, "not a statement"},
		{"HMAC by the public key", []string{head + "." + encode(mac(head))}, "not a statement"},
		{"for another app", []string{testIdentity(t, 'k').Sign(anna, "tickets")}, `it was made for \"tickets\"`},
		{"for all apps", []string{made(t, 'k', claims(map[string]any{"aud": ""}))}, `it was made for \"\"`},
		{"expired", []string{made(t, 'k', claims(map[string]any{"exp": now - 5}))}, "it has expired"},
		{"for ever", []string{made(t, 'k', claims(map[string]any{"exp": now + 86400}))}, "good for longer than a statement may be"},
		{"without an end", []string{made(t, 'k', map[string]any{"person": anna, "aud": "faq"})}, "it has expired"},
		{"of nobody", []string{made(t, 'k', claims(map[string]any{"person": spinoff.Person{}}))}, "it is about something else"},
		{"of a consumer", []string{testIdentity(t, 'k').SignConsumer("anna", "faq")}, "it is about something else"},
		{"of both", []string{made(t, 'k', claims(map[string]any{"consumer": "support"}))}, "it is about something else"},
		{"two", []string{good, good}, "there are 2 of them"},
		{"two, the first of nobody", []string{"", good}, "there are 2 of them"},
		{"huge", []string{made(t, 'k', claims(map[string]any{"more": strings.Repeat("x", 8<<10)}))}, "more than 2048 bytes"},
		{"not base64", []string{"%%%.%%%"}, "not a statement"},
		{"dots", []string{"...."}, "not a statement"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v2/create", strings.NewReader("question=q&source=1"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header["Spinoff-Person"] = c.values
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Person, Detail string }
		err = json.NewDecoder(response.Body).Decode(&got)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		isAnna := c.name == "as it is" || c.name == "made by hand with the key"
		if isAnna != (response.StatusCode == http.StatusCreated && got.Person == "Anna") {
			t.Errorf("%s: status %d for %q, %s", c.name, response.StatusCode, got.Person, got.Detail)
		}
		if !isAnna && (response.StatusCode != http.StatusUnauthorized || !strings.Contains(strings.ReplaceAll(got.Detail, `"`, `\"`), c.want)) {
			t.Errorf("%s: status %d, %q; want 401 with %q", c.name, response.StatusCode, got.Detail, c.want)
		}
	}
}

// TestForwardDropsWhatComesFromOutside: who passes a request on says who somebody is; what came in says nothing.
func TestForwardDropsWhatComesFromOutside(t *testing.T) {
	identity := testIdentity(t, 'k')
	stolen := identity.Sign(spinoff.Person{Email: "eve@example.com"}, "faq")
	request := func() *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header["Spinoff-Person"] = []string{stolen, stolen}
		r.Header["Spinoff-Consumer"] = []string{"eve"}
		r.Header["Spinoff-Statement"] = []string{identity.SignConsumer("eve", "faq")}
		r.Header["Spinoff-Relayed"] = []string{"nonsense"}
		return r
	}
	r := request()
	identity.Forward(r, spinoff.Origin{}, "faq")
	if got := fmt.Sprint(r.Header["Spinoff-Person"], r.Header["Spinoff-Consumer"], r.Header["Spinoff-Statement"], r.Header["Spinoff-Relayed"]); got != "[] [] [] [page]" {
		t.Errorf("Forward for nobody left %s", got)
	}
	r = request()
	identity.Forward(r, spinoff.Origin{Person: anna}, "faq")
	identity.Vouch(r, "support", "faq")
	person, err := identity.Person(r, "faq")
	if err != nil || person != anna {
		t.Errorf("Forward for Anna: %v, %v", person, err)
	}
	if consumer, err := identity.Consumer(r, "faq"); err != nil || consumer != "support" {
		t.Errorf("Vouch for support: %q, %v", consumer, err)
	}
}

// TestIdentityKeysAreReplaced goes through the steps of docs/security.md with two processes, one after the other at each step.
func TestIdentityKeysAreReplaced(t *testing.T) {
	identity := func(fills string) *call.Identity {
		var seeds []string
		for _, fill := range []byte(fills) {
			seeds = append(seeds, base64.StdEncoding.EncodeToString(seed(fill)))
		}
		i, err := call.ParseIdentity(strings.Join(seeds, ","), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	for _, c := range [][2]string{{"a", "a"}, {"ab", "a"}, {"ab", "ab"}, {"ba", "ab"}, {"ba", "ba"}, {"b", "ba"}, {"b", "b"}} {
		for _, from := range []int{0, 1} {
			if got, err := identity(c[1-from]).Verify(identity(c[from]).Sign(anna, "faq"), "faq"); err != nil || got != anna {
				t.Errorf("signed by a process with keys %s, read by one with %s: %v, %v", c[from], c[1-from], got, err)
			}
		}
	}
	if _, err := identity("b").Verify(identity("a").Sign(anna, "faq"), "faq"); err == nil {
		t.Error("the old key is believed when it has been taken out")
	}
}

// TestStatementsAreKept: what is signed again within a short while is the same, and never older than its life.
func TestStatementsAreKept(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	identity, err := call.NewIdentity(func() time.Time { return now }, seed('k'))
	if err != nil {
		t.Fatal(err)
	}
	first := identity.SignConsumer("support", "faq")
	for second := range 180 {
		now = now.Add(time.Second)
		text := identity.SignConsumer("support", "faq")
		if second == 0 && text != first {
			t.Error("a second later it is signed anew")
		}
		if got, err := identity.VerifyConsumer(text, "faq"); err != nil || got != "support" {
			t.Fatalf("after %d s: %q, %v", second+1, got, err)
		}
	}
	if _, err := identity.VerifyConsumer(first, "faq"); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("what was verified before, after three minutes: %v, want that it has expired", err)
	}
	now = now.Add(-time.Hour) // the clock was set
	if got, err := identity.VerifyConsumer(identity.SignConsumer("support", "faq"), "faq"); err != nil || got != "support" {
		t.Errorf("after the clock was set back: %q, %v", got, err)
	}
}

func TestIdentityKeysThatAreNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "identity.key")
	const secret = "c2VjcmV0IGJ1dCBzaG9ydA=="
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	_, byFile := call.LoadIdentity(file, time.Now)
	_, short := call.ParseIdentity(secret, time.Now)
	_, notBase64 := call.ParseIdentity(base64.StdEncoding.EncodeToString(seed('k'))+",s3cret!", time.Now)
	_, none := call.ParseIdentity(" , ", time.Now)
	for _, c := range []struct {
		err  error
		want string
	}{
		{byFile, "identity.key: an identity key has 32 bytes, key 1 has 16"}, {short, "key 1 has 16"}, {notBase64, "identity key 2 is not base64"}, {none, "there is no identity key"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "s3cret") || strings.Contains(c.err.Error(), secret) {
			t.Errorf("got %v, want %q and not the key", c.err, c.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{"http://127.0.0.1:8001", ""},
		{"https://support:s3cret@faq.example/base/", ""},
		{"https://s3cret@faq.example", "it names a consumer and no secret"},
		{"https://support:@faq.example", "it names a consumer and no secret"},
		{"support:s3cret@faq.example", "not a URL with a host"},
		{"https://support:s3cret@faq.example?x=y", "it has a query"},
		{"https://support:s3 cret@faq.example", "not a URL"},
	} {
		_, err := call.ParseBases(c.value)
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3")) {
			t.Errorf("ParseBases(%q): %v, want %q and no secret", c.value, err, c.want)
		}
	}
}

func BenchmarkStatement(b *testing.B) {
	identity := testIdentity(b, 'k')
	for b.Loop() {
		if _, err := identity.VerifyConsumer(identity.SignConsumer("support", "faq"), "faq"); err != nil {
			b.Fatal(err)
		}
	}
}
