package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Stage starts what a story is played against: the project, on databases that are empty, or hold the example when the story is seeded, with a clock that is
// ahead by some time. It returns where the story's app answers, and a function that stops it.
type Stage func(ctx context.Context, s *Story, ahead time.Duration) (base string, stop func() error, err error)

// ahead is how far the clock of the second playing is ahead: a time of another day, hour, minute and second.
const ahead = 31*time.Hour + 7*time.Minute + 13*time.Second

// Record plays the requests of s twice and returns the story with the answers of its version.
func Record(ctx context.Context, s *Story, stage Stage) (*Story, error) {
	first, err := s.stagedPlay(ctx, stage, 0)
	if err != nil {
		return nil, err
	}
	second, err := s.stagedPlay(ctx, stage, ahead)
	if err != nil {
		return nil, err
	}
	recorded := &Story{Service: s.Service, Seeded: s.Seeded}
	for i, step := range s.Steps {
		if !s.shows(step.Request) {
			recorded.Steps = append(recorded.Steps, Step{Request: step.Request})
			continue
		}
		answer, err := common(first[i], second[i])
		if err != nil {
			return nil, fmt.Errorf("step %d, %s %s: %w", i+1, step.Request.Method, step.Request.Path, err)
		}
		recorded.Steps = append(recorded.Steps, Step{step.Request, answer})
	}
	return recorded, nil
}

// Replay plays s and returns how the answers differ from those that were recorded, for people; "" where they do not.
func Replay(ctx context.Context, s *Story, stage Stage) (string, error) {
	got, err := s.stagedPlay(ctx, stage, 0)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, step := range s.Steps {
		differences := compare(step.Answer, got[i])
		if !s.shows(step.Request) || len(differences) == 0 {
			continue
		}
		fmt.Fprintf(&b, "step %d, %s %s\n", i+1, step.Request.Method, step.Request.Path)
		for _, d := range differences {
			fmt.Fprintf(&b, "  %s\n", d)
		}
	}
	return b.String(), nil
}

// stagedPlay plays the story on a stage of its own.
func (s *Story) stagedPlay(ctx context.Context, stage Stage, ahead time.Duration) (answers []Answer, err error) {
	base, stop, err := stage(ctx, s, ahead)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	return s.play(ctx, base)
}

// play sends the requests in order and returns the answers.
func (s *Story) play(ctx context.Context, base string) ([]Answer, error) {
	client := &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableCompression: true},
	}
	defer client.CloseIdleConnections()
	var answers []Answer
	for i, step := range s.Steps {
		answer, err := step.Request.send(ctx, client, base, answers)
		if err != nil {
			return nil, fmt.Errorf("step %d, %s %s: %w", i+1, step.Request.Method, step.Request.Path, err)
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

func (q Request) send(ctx context.Context, client *http.Client, base string, earlier []Answer) (Answer, error) {
	path, err := fill(q.Path, earlier, inURL)
	if err != nil {
		return Answer{}, err
	}
	body, err := fill(string(q.Body), earlier, inJSON)
	if err != nil {
		return Answer{}, err
	}
	r, err := http.NewRequestWithContext(ctx, q.Method, base+path, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	if q.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range q.Header {
		if value, err = fill(value, earlier, func(text string) string { return text }); err != nil {
			return Answer{}, err
		}
		r.Header.Set(name, value)
	}
	response, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	return read(response)
}

// travels are the headers that say how an answer travels, or when the endpoint is to go, not what it is.
var travels = []string{
	"Cache-Control", "Connection", "Content-Length", "Date", "Deprecation", "Idempotency-Replayed", "Link", "Sunset", "Transfer-Encoding", "Vary", "X-Content-Type-Options", "X-Request-Id",
}

// maxBody bounds an answer that is recorded, in bytes.
const maxBody = 4 << 20

func read(response *http.Response) (Answer, error) {
	a := Answer{Status: response.StatusCode, Header: map[string]string{}}
	for name, values := range response.Header {
		if !slices.Contains(travels, name) {
			a.Header[name] = strings.Join(values, ", ")
		}
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	switch text = bytes.TrimSpace(text); {
	case err != nil || len(text) == 0:
	case json.Valid(text):
		a.Body = text
	default:
		a.Body, err = json.Marshal(string(text))
	}
	return a, err
}

// variable is a place in an earlier answer.
var variable = regexp.MustCompile(`\{\{([0-9]+)\.([^{}]+)\}\}`)

// fill puts the values of earlier answers where text names them.
func fill(text string, earlier []Answer, escape func(string) string) (string, error) {
	var failed error
	filled := variable.ReplaceAllStringFunc(text, func(whole string) string {
		m := variable.FindStringSubmatch(whole)
		step, err := strconv.Atoi(m[1])
		if err != nil || step < 1 || step > len(earlier) {
			failed = fmt.Errorf("%s names the answer of step %s, and there are %d steps before this one", whole, m[1], len(earlier))
			return whole
		}
		value, ok := earlier[step-1].value(m[2])
		if !ok {
			failed = fmt.Errorf("%s: the answer of step %d has none: %s", whole, step, earlier[step-1].Body)
			return whole
		}
		return escape(value)
	})
	return filled, failed
}

// value returns what stands at a place in the answer: a header, or a path into the body.
func (a Answer) value(place string) (string, bool) {
	if value, ok := a.Header[http.CanonicalHeaderKey(place)]; ok {
		return value, true
	}
	at := decode(a.Body)
	for name := range strings.SplitSeq(place, ".") {
		switch value := at.(type) {
		case map[string]any:
			at = value[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(value) {
				return "", false
			}
			at = value[i]
		default:
			return "", false
		}
	}
	switch value := at.(type) {
	case string:
		return value, true
	case json.Number:
		return value.String(), true
	}
	return "", false
}

// inURL escapes a text for a segment of a path, and for a value of a query.
func inURL(text string) string {
	return strings.NewReplacer("&", "%26", "+", "%2B", "=", "%3D").Replace(url.PathEscape(text))
}

// inJSON escapes a text for the inside of a JSON string.
func inJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return text // it is a text
	}
	return string(quoted[1 : len(quoted)-1])
}

// decode reads a body; numbers stay as they are written.
func decode(body json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return nil
	}
	return value
}
