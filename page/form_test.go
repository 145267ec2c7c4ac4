package page_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/page"
)

// naughty returns strings that break programs, or none where the collection is not at hand.
func naughty(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "naughty-strings.json"))
	if err != nil {
		t.Logf("without the collection of naughty strings: %v", err)
		return nil
	}
	var all []string
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

type formView struct {
	Form    *page.Form
	Text    string
	Options []page.Option
}

const formPage = `{{define "title"}}{{.Text}}{{end}}
{{define "main"}}{{.Form.Summary}}
<p id="text" title="{{.Text}}">{{.Text}}</p>
{{.Form.Field "line" "Line" | hint .Text | attr "placeholder" .Text | input "text"}}
{{.Form.Field "area" "Area" | area 3}}
{{.Form.Field "pick" "Pick" | choose .Options}}
{{.Form.Field "radio" "Radio" | radios .Options}}
{{.Form.Field "tick" .Text | check}}
{{.Form.Field "secret" "Secret" | input "password"}}
{{end}}`

func newFormPage() *page.View[formView] {
	return page.Public[formView](files(formPage), "templates/note.html")
}

func post(values url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func mustParse(t *testing.T, values url.Values) *page.Form {
	t.Helper()
	form, ok := page.ParseForm(httptest.NewRecorder(), post(values), 1<<20)
	if !ok {
		t.Fatalf("ParseForm(%v) = false, want true", values)
	}
	return form
}

func TestEveryFieldKeepsEveryText(t *testing.T) {
	view := newFormPage()
	for _, s := range append(naughty(t), "\n\nfirst lines", `"><script>`, "</textarea>", "a\r\nb", "x\x00y", "\xff") {
		form := mustParse(t, url.Values{"line": {s}, "area": {s}, "pick": {s}, "radio": {s}, "tick": {"on"}, "secret": {"hunter2"}})
		want := ""
		if all := form.All("line"); len(all) > 0 {
			want = all[0]
		}
		form.Fail("line", s+"!")
		w := httptest.NewRecorder()
		view.Render(w, post(nil), http.StatusUnprocessableEntity, formView{form, s, []page.Option{{Value: "other", Text: "Other"}, {Value: want, Text: want}}})
		doc := parse(t, w.Body.String())

		got := map[string]string{}
		got["line"], _ = attribute(find(doc, "id", "field-line")[0], "value")
		got["area"] = text(find(doc, "id", "field-area")[0])
		got["pick"], _ = attribute(find(doc, "selected", "")[0], "value")
		got["radio"], _ = attribute(find(doc, "id", "field-radio-1")[0], "value")
		if diff := cmp.Diff(map[string]string{"line": want, "area": want, "pick": want, "radio": want}, got); diff != "" {
			t.Errorf("fields after sending %q (-want +got):\n%s", s, diff)
		}
		shown := browserText(s)
		if got := text(find(doc, "id", "text")[0]); got != shown {
			t.Errorf("text of %q = %q", s, got)
		}
		if got, _ := attribute(find(doc, "id", "field-line")[0], "placeholder"); got != shown {
			t.Errorf("placeholder of %q = %q", s, got)
		}
		if got := text(find(doc, "href", "#field-line")[0]); got != shown+"!" {
			t.Errorf("summary of %q = %q", s, got)
		}
		if len(find(doc, "id", "main")) != 1 || len(find(doc, "class", "foot")) != 1 {
			t.Errorf("page around %q is broken", s)
		}
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Error("page sends the password back")
		}
	}
}

// browserText is what a browser makes of a text that was written as it is.
func browserText(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(s)
}

func TestFormCleansAndRequires(t *testing.T) {
	form := mustParse(t, url.Values{"a": {"  a\r\nb\x00\xff\x1b "}, "blank": {" \n"}, "box": {"1", "2"}})
	if got, want := form.Get("a"), "a\nb\uFFFD"; got != want {
		t.Errorf("Get = %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"1", "2"}, form.All("box")); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
	if !form.OK() {
		t.Errorf("OK before any problem = false")
	}
	form.Require("a", "Enter a")
	form.Require("blank", "Enter blank")
	form.Fail("blank", "second of the same field")
	form.Fail("", "All of it")
	want := []page.Problem{{Field: "blank", Message: "Enter blank"}, {Field: "", Message: "All of it"}}
	if diff := cmp.Diff(want, form.Problems()); diff != "" {
		t.Errorf("Problems (-want +got):\n%s", diff)
	}
}

func TestSummaryLeadsToTheField(t *testing.T) {
	for name, form := range map[string]*page.Form{"none": nil, "empty": {}} {
		if got, err := form.Summary(); got != "" || err != nil {
			t.Errorf("Summary of form %s = %q, %v, want nothing", name, got, err)
		}
	}
	form := &page.Form{}
	form.Fail("line", "Enter a line")
	form.Fail("radio", "Choose one")
	w := httptest.NewRecorder()
	newFormPage().Render(w, post(nil), http.StatusUnprocessableEntity, formView{form, "hint", []page.Option{{Value: "a", Text: "A"}}})
	doc := parse(t, w.Body.String())
	for _, id := range []string{"field-line", "field-radio"} {
		if len(find(doc, "href", "#"+id)) != 1 || len(find(doc, "id", id)) != 1 {
			t.Errorf("summary link and control %s: want one of each", id)
		}
	}
	control := find(doc, "id", "field-line")[0]
	if got, _ := attribute(control, "aria-describedby"); got != "field-line-hint field-line-error" {
		t.Errorf("aria-describedby = %q, want hint and error", got)
	}
	if got, _ := attribute(control, "aria-invalid"); got != "true" {
		t.Errorf("aria-invalid = %q, want true", got)
	}
}

func TestAttrRefusesCode(t *testing.T) {
	for _, name := range []string{"onclick", "style", "hx-on:click", "x y", "x=", `"`, "ONCLICK"} {
		var got any
		func() {
			defer func() { got = recover() }()
			page.Public[formView](files(`{{define "title"}}x{{end}}{{define "main"}}{{.Form.Field "a" "A" | attr `+"`"+name+"`"+` "x" | input "text"}}{{end}}`), "templates/note.html")
		}()
		if got == nil {
			t.Errorf("attr %q was accepted, want a panic at start-up", name)
		}
	}
}

func TestParseFormAnswersWhatItCannotRead(t *testing.T) {
	tests := []struct {
		name, kind, body string
		want             int
	}{
		{"too large", "application/x-www-form-urlencoded", "a=" + strings.Repeat("x", 200), http.StatusRequestEntityTooLarge},
		{"bad escape", "application/x-www-form-urlencoded", "a=%zz", http.StatusBadRequest},
		{"broken multipart", "multipart/form-data; boundary=b", "--b\r\nnonsense", http.StatusBadRequest},
		{"too large multipart", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + strings.Repeat("x", 200) + "\r\n--b--\r\n", http.StatusRequestEntityTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.body))
			r.Header.Set("Content-Type", test.kind)
			w := httptest.NewRecorder()
			if _, ok := page.ParseForm(w, r, 100); ok || w.Code != test.want {
				t.Errorf("ParseForm = %t with status %d, want false with %d", ok, w.Code, test.want)
			}
		})
	}
}

func TestParseFormTakesFiles(t *testing.T) {
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	_ = parts.WriteField("subject", "Broken")
	file, _ := parts.CreateFormFile("attachment", "log.txt")
	_, _ = file.Write([]byte("it broke"))
	_ = parts.Close()
	r := httptest.NewRequest(http.MethodPost, "/", &body)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	form, ok := page.ParseForm(httptest.NewRecorder(), r, 1<<20)
	if !ok || form.Get("subject") != "Broken" || len(form.Files("attachment")) != 1 || form.Files("attachment")[0].Filename != "log.txt" {
		t.Errorf("ParseForm of multipart = %+v, %t, want the field and the file", form, ok)
	}
}

func TestNilFormIsEmpty(t *testing.T) {
	var form *page.Form
	if form.Get("a") != "" || form.All("a") != nil || form.Files("a") != nil || !form.OK() {
		t.Error("nil form is not empty")
	}
	html, err := form.Field("a", "A").HTML()
	if err != nil || !strings.Contains(string(html), `name="a"`) {
		t.Errorf("field of a nil form = %q, %v", html, err)
	}
}
