package page

import (
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// Form is what a visitor sent and what is wrong with it, for showing it again with every word kept.
// The zero value and nil are forms without values and without problems.
type Form struct {
	values   url.Values
	files    map[string][]*multipart.FileHeader
	problems []Problem
}

// Problem is one thing to put right. Field is "" where it concerns the form as a whole.
type Problem struct{ Field, Message string }

// ParseForm reads the body of a POST, urlencoded or multipart, of at most maxBytes. When it returns false, it has answered
// with a 400 or 413 page and the handler returns. Values are cleaned: UTF-8, "\n" as line end, no control characters.
func ParseForm(w http.ResponseWriter, r *http.Request, maxBytes int64) (*Form, bool) {
	err := readForm(w, r, maxBytes)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		Error(w, r, http.StatusRequestEntityTooLarge, "", "")
		return nil, false
	case err != nil:
		Error(w, r, http.StatusBadRequest, "We could not read what was sent", "Please go back and send it again.")
		return nil, false
	}
	f := &Form{values: url.Values{}}
	for name, values := range r.PostForm {
		for _, value := range values {
			f.values.Add(name, clean(value))
		}
	}
	if r.MultipartForm != nil {
		f.files = r.MultipartForm.File
	}
	return f, true
}

// Get returns the first value of the field without spaces around it, or "".
func (f *Form) Get(field string) string {
	if f == nil {
		return ""
	}
	return strings.TrimSpace(f.values.Get(field))
}

// All returns every value of the field, as typed: several boxes of one name.
func (f *Form) All(field string) []string {
	if f == nil {
		return nil
	}
	return f.values[field]
}

// Files returns what was attached to the field.
func (f *Form) Files(field string) []*multipart.FileHeader {
	if f == nil {
		return nil
	}
	return f.files[field]
}

// Set puts values into the field, for a form that starts with what is stored.
func (f *Form) Set(field string, values ...string) {
	if f.values == nil {
		f.values = url.Values{}
	}
	f.values[field] = values
}

// Require returns what [Form.Get] does, and fails the field with the message if that is empty.
// The message says what to do: "Enter your email address".
func (f *Form) Require(field, message string) string {
	value := f.Get(field)
	if value == "" {
		f.Fail(field, message)
	}
	return value
}

// Fail adds a problem. Only the first of a field is shown. The field "" is the form as a whole.
func (f *Form) Fail(field, message string) {
	if field == "" || f.Error(field) == "" {
		f.problems = append(f.problems, Problem{field, message})
	}
}

// OK reports whether nothing is wrong.
func (f *Form) OK() bool { return f == nil || len(f.problems) == 0 }

// Error returns what is wrong with the field, or "".
func (f *Form) Error(field string) string {
	for _, p := range f.Problems() {
		if p.Field == field {
			return p.Message
		}
	}
	return ""
}

// Problems returns what is wrong, in the order it was found.
func (f *Form) Problems() []Problem {
	if f == nil {
		return nil
	}
	return f.problems
}

// readForm parses the body of either kind. ParseMultipartForm alone would hide what is wrong with a urlencoded one.
func readForm(w http.ResponseWriter, r *http.Request, maxBytes int64) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxBytes)
	if err := r.ParseForm(); err != nil {
		return err
	}
	err := r.ParseMultipartForm(min(maxBytes, 1<<20)) //nolint:gosec // bounded above; bigger files wait on disk
	if errors.Is(err, http.ErrNotMultipart) {
		return nil
	}
	return err
}

// clean makes s valid UTF-8 with "\n" line ends and no control characters but tab.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, s)
}
