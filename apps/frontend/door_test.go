package frontend_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/spinofftest"
)

const password = " four words and spaces " // at its ends too

// setUp makes the first account and returns a browser that is signed in.
func setUp(t *testing.T, site *spinofftest.Site) *visitor {
	t.Helper()
	v := visit(t, site)
	link, err := url.Parse(site.SetUp())
	if err != nil {
		t.Fatal(err)
	}
	token := link.Query().Get("token")
	v.get("/setup?token="+token).want(http.StatusOK, "Make the first account")
	v.post("/setup", "token", token, "name", naughty, "email", "nobody", "password", "short").
		want(http.StatusUnprocessableEntity, `href="#field-email"`, `href="#field-password"`).without("short\"")
	v.post("/setup", "token", token, "name", "Anna "+naughty, "email", "Anna@Example.com", "password", password).to(http.StatusSeeOther, "/desk")
	visit(t, site).post("/setup", "token", token, "name", "Eve", "email", "eve@example.com", "password", password).want(http.StatusGone, "used already")
	visit(t, site).get("/setup?token="+token).want(http.StatusGone, "used already")
	return v
}

func TestSignIn(t *testing.T) {
	w := newWorld()
	spinofftest.Run(t, w.project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		w.reset()
		visit(t, site).get("/desk?x=1").to(http.StatusSeeOther, "/signin?next=%2Fdesk%3Fx%3D1")
		anna := setUp(t, site)
		anna.eventually("/desk", "4711")
		anna.get("/account").want(http.StatusOK, "anna@example.com")

		v := visit(t, site)
		wrong := v.post("/signin", "email", "anna@example.com", "password", "not this one").want(http.StatusUnprocessableEntity, "is not right")
		unknown := v.post("/signin", "email", "who@example.com", "password", "not this one").want(http.StatusUnprocessableEntity, "is not right")
		if strings.ReplaceAll(unknown.body, "who@", "anna@") != wrong.body {
			t.Error("a wrong password and an unknown address get different pages")
		}
		v.post("/signin", "email", naughty, "password", naughty, "next", naughty).want(http.StatusUnprocessableEntity)
		for next, want := range map[string]string{
			"/tickets/?tab=mine": "/tickets/?tab=mine", "": "/desk", "//evil.example": "/desk", `/\evil.example`: "/desk", "https://evil.example/": "/desk",
			"javascript:alert(1)": "/desk", "/\t/evil.example": "/desk", "evil": "/desk",
		} {
			in := visit(t, site)
			in.header.Set("X-Forwarded-Proto", "https")
			answer := in.post("/signin", "email", " ANNA@example.com ", "password", password, "next", next).to(http.StatusSeeOther, want)
			cookie := answer.Header.Get("Set-Cookie")
			for _, flag := range []string{"spinoff_session=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
				if !strings.Contains(cookie, flag) {
					t.Errorf("the cookie of a session %q has no %s", cookie, flag)
				}
			}
		}

		first := anna.cookies["spinoff_session"]
		anna.post("/signin", "email", "anna@example.com", "password", password).want(http.StatusSeeOther)
		old := visit(t, site)
		old.cookies["spinoff_session"] = first
		if first.Value == anna.cookies["spinoff_session"].Value {
			t.Error("signing in again keeps the token of the session")
		}
		old.get("/desk").want(http.StatusSeeOther)
		anna.post("/signout").to(http.StatusSeeOther, "/")
		anna.get("/desk").want(http.StatusSeeOther)
	})
}

func TestSessionEnds(t *testing.T) {
	w := newWorld()
	site := spinofftest.Together(t, w.project())
	v := setUp(t, site)
	if cookie := v.cookies["spinoff_session"]; cookie.MaxAge != 0 && time.Duration(cookie.MaxAge)*time.Second <= 15*24*time.Hour {
		t.Errorf("the browser forgets the session after %d s, though it goes on while it is used", cookie.MaxAge)
	}
	for range 3 { // in use, it goes on
		w.do(func() { w.late += 13 * 24 * time.Hour })
		v.get("/desk").want(http.StatusOK)
	}
	w.do(func() { w.late += 14*24*time.Hour + time.Second })
	v.get("/desk").want(http.StatusSeeOther)
}

func TestGuessing(t *testing.T) {
	w := newWorld()
	site := spinofftest.Together(t, w.project())
	setUp(t, site)
	guess := func(address, email, password string) int {
		v := visit(t, site)
		v.header.Set("X-Forwarded-For", "203.0.113.250, "+address)
		return v.post("/signin", "email", email, "password", password).StatusCode
	}

	var tried atomic.Int64
	var all sync.WaitGroup
	for range 40 { // at the same time
		all.Go(func() {
			if guess("192.0.2.1", "anna@example.com", "a wrong guess") == http.StatusUnprocessableEntity {
				tried.Add(1)
			}
		})
	}
	all.Wait()
	if n := tried.Load(); n != 10 {
		t.Errorf("40 guesses at once: %d were tried, want 10", n)
	}
	if got := guess("192.0.2.2", "anna@example.com", password); got != http.StatusTooManyRequests {
		t.Errorf("the right password after ten wrong ones: status %d, want %d", got, http.StatusTooManyRequests)
	}
	visit(t, site).post("/signin", "email", "anna@example.com", "password", password).want(http.StatusTooManyRequests, "too many wrong passwords")
	w.do(func() { w.late += 16 * time.Minute })
	if got := guess("192.0.2.2", "anna@example.com", password); got != http.StatusSeeOther {
		t.Errorf("the right password a quarter of an hour later: status %d, want %d", got, http.StatusSeeOther)
	}

	refused := 0
	for i := range 60 { // one address tries many accounts
		if guess("192.0.2.3", strings.Repeat("x", i+1)+"@example.com", "a wrong guess") == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("60 accounts tried from one address: %d refused, want 10", refused)
	}
	if got := guess("192.0.2.4", "anna@example.com", password); got != http.StatusSeeOther {
		t.Errorf("another address through the same proxy: status %d, want %d", got, http.StatusSeeOther)
	}
}

func TestOtherSites(t *testing.T) {
	w := newWorld()
	site := spinofftest.Together(t, w.project())
	v := setUp(t, site)
	v.header.Set("Sec-Fetch-Site", "cross-site")
	v.header.Set("Origin", "https://evil.example")
	for _, path := range []string{"/contact", "/signin", "/signout", "/setup", "/account/password", "/account/sessions", "/account/colleagues", "/ticket/x", "/help/charge-a-light/vote"} {
		v.post(path, "subject", "s", "body", "what I typed "+naughty, "email", "a@example.com").want(http.StatusForbidden, "what I typed")
	}
	if n := w.count(); n != 0 {
		t.Errorf("a form of another site opened %d tickets", n)
	}
	v.header.Del("Sec-Fetch-Site")
	v.header.Del("Origin")
	home := v.get("/desk").want(http.StatusOK)
	if policy := home.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy of a page: %q", policy)
	}
}

func TestAccount(t *testing.T) {
	w := newWorld()
	site := spinofftest.Together(t, w.project())
	anna := setUp(t, site)
	anna.post("/account/colleagues", "name", "", "email", "x").want(http.StatusUnprocessableEntity, `href="#field-name"`)
	shown := anna.post("/account/colleagues", "name", "Ben "+naughty, "email", "Ben@Example.com").want(http.StatusOK, "Send this link to")
	anna.post("/account/colleagues", "name", "Ben", "email", "ben@example.com").want(http.StatusUnprocessableEntity, "There is an account")
	token := linked(t, shown)
	again := linked(t, anna.post("/account/colleagues/2/again").want(http.StatusOK, "Send this link to"))
	anna.get("/account").want(http.StatusOK, "Invited").without(again)

	ben := visit(t, site)
	ben.post("/signin", "email", "ben@example.com", "password", "").want(http.StatusUnprocessableEntity)
	ben.get("/setup?token=" + token).want(http.StatusGone)
	ben.get("/setup?token="+again).want(http.StatusOK, "ben@example.com")
	w.do(func() { w.late = 8 * 24 * time.Hour })
	ben.get("/setup?token=" + again).want(http.StatusGone)
	w.do(func() { w.late = 0 })
	ben.post("/setup", "token", again, "password", "the password of Ben").to(http.StatusSeeOther, "/desk")
	anna.post("/account/colleagues/2/again").want(http.StatusNotFound)

	phone := visit(t, site)
	phone.post("/signin", "email", "ben@example.com", "password", "the password of Ben").want(http.StatusSeeOther)
	ben.post("/account/password", "current", "wrong", "password", "another password").want(http.StatusUnprocessableEntity, `href="#field-current"`)
	ben.post("/account/password", "current", "the password of Ben", "password", password).to(http.StatusSeeOther, "/account")
	ben.post("/account/password", "current", password, "password", "one more password").to(http.StatusSeeOther, "/account")
	ben.get("/account").want(http.StatusOK, "Your password is changed")
	phone.get("/account").want(http.StatusSeeOther)
	phone.post("/signin", "email", "ben@example.com", "password", "one more password").want(http.StatusSeeOther)
	phone.post("/account/sessions").want(http.StatusSeeOther)
	ben.get("/account").want(http.StatusSeeOther)

	phone.post("/signin", "email", "ben@example.com", "password", "one more password").want(http.StatusSeeOther)
	anna.post("/account/colleagues/1/remove").want(http.StatusSeeOther)
	anna.get("/account").want(http.StatusOK, "Nobody was removed")
	anna.post("/account/colleagues/2/remove").want(http.StatusSeeOther)
	phone.get("/account").want(http.StatusSeeOther)
}

// linked returns the token of the link that a page shows.
func linked(t *testing.T, a answer) string {
	t.Helper()
	found := regexp.MustCompile(`/setup\?token=([A-Z2-7]+)`).FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("the page shows no link:\n%s", a.body)
	}
	return found[1]
}

// TestDeskWithoutTickets: the card of an app that is away says so and shows what was there last.
func TestDeskWithoutTickets(t *testing.T) {
	w := newWorld()
	spinofftest.Run(t, w.project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		w.reset()
		if site.Placement == "together" {
			t.Skip("nothing can be stopped here")
		}
		anna := setUp(t, site)
		anna.eventually("/desk", "4711")
		site.Stop("tickets")
		anna.get("/desk").want(http.StatusOK, "away, numbers of before", "4711", "Knowledge base")
		site.Start("tickets")
		for range 100 {
			if !strings.Contains(anna.get("/desk").body, "numbers of before") {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		anna.get("/desk").without("numbers of before")
	})
}
