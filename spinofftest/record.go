package spinofftest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract/sample"
	"github.com/spinoff-go/spinoff/internal/snake"
	"github.com/spinoff-go/spinoff/run"
	"github.com/spinoff-go/spinoff/shape"
)

// mostSteps bounds a sample: a test that makes more calls is no story that somebody reads.
const mostSteps = 60

// recorder notes the calls that a test makes through [Site.Calls], to make samples of them. It is safe for concurrent use.
type recorder struct {
	t       *testing.T
	project spinoff.Project
	calls   spinoff.Caller

	mu    sync.Mutex
	steps map[string][]recordedStep // by app
}

type recordedStep struct {
	version string // "faq.v1"
	sample.Step
}

// recording returns calls, and with SPINOFF_RECORD set such that what is called becomes samples when the test is over. What a test does otherwise, by
// pages, imports or as a signed-in person, is not part of them.
func recording(t *testing.T, project spinoff.Project, calls spinoff.Caller) spinoff.Caller {
	if os.Getenv("SPINOFF_RECORD") == "" { //nolint:forbidigo // a setting of the tests, not of the project
		return calls
	}
	r := &recorder{t: t, project: project, calls: calls, steps: map[string][]recordedStep{}}
	t.Cleanup(r.write)
	return r
}

// Call makes the call and notes it.
func (r *recorder) Call(ctx context.Context, d spinoff.Declaration, in, out any) error {
	op := spinoff.Operation{Declaration: d, In: reflect.TypeOf(in).Elem(), Out: reflect.TypeOf(out).Elem()}
	request, wrong := requestOf(ctx, op, in)
	err := r.calls.Call(ctx, d, in, out)
	if wrong != nil {
		r.t.Logf("%s is not recorded: %v", op.FullName(), wrong)
		return err
	}
	answer := sample.Answer{Header: map[string]string{}}
	if message, wrong := shape.Answer(op); wrong == nil && err == nil {
		h := http.Header{}
		message.EncodeHeader(h, out)
		for name := range h {
			answer.Header[name] = h.Get(name)
		}
		answer.Body = message.AppendJSON(nil, out)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps[d.Service.Name] = append(r.steps[d.Service.Name], recordedStep{d.Service.String(), sample.Step{Request: request, Answer: answer}})
	return err
}

// requestOf returns a call as it travels.
func requestOf(ctx context.Context, op spinoff.Operation, in any) (sample.Request, error) {
	message, err := shape.Request(op)
	if err != nil {
		return sample.Request{}, err
	}
	q := sample.Request{Method: op.Method(), Header: map[string]string{}}
	q.Path = fmt.Sprintf("/v%d%s", op.Service.Version, message.EncodePath(op.Path(), in))
	h := http.Header{}
	message.EncodeHeader(h, in)
	for name := range h {
		q.Header[name] = h.Get(name)
	}
	if key := spinoff.OriginOf(ctx).IdempotencyKey; key != "" {
		q.Header["Idempotency-Key"] = key
	}
	switch {
	case message.InBody:
		q.Body = json.RawMessage(message.AppendJSON(nil, in))
	default:
		if query := message.EncodeQuery(in).Encode(); query != "" {
			q.Path += "?" + query
		}
	}
	return q, nil
}

// write makes a sample for each version that was called: its calls and, because they made what it finds, those of the app's other versions before them.
func (r *recorder) write() {
	if r.t.Failed() {
		return
	}
	folders, err := run.Samples(r.project)
	if err != nil {
		r.t.Errorf("SPINOFF_RECORD: %v", err)
		return
	}
	for _, app := range slices.Sorted(maps.Keys(r.steps)) {
		steps := r.steps[app]
		for version, last := range lastOf(steps) {
			if folders[version] != "" && last < mostSteps {
				r.writeStory(version, steps[:last+1], folders[version])
			}
		}
	}
}

// lastOf returns the index of the last call of each version.
func lastOf(steps []recordedStep) map[string]int {
	last := map[string]int{}
	for i, s := range steps {
		last[s.version] = i
	}
	return last
}

func (r *recorder) writeStory(version string, steps []recordedStep, folder string) {
	story := &sample.Story{Service: version}
	for _, s := range steps {
		s.Request.Header = maps.Clone(s.Request.Header)
		story.Steps = append(story.Steps, s.Step)
	}
	story.Bind()
	recorded, err := sample.Record(context.Background(), story, run.Stage(r.project))
	if err != nil {
		r.t.Logf("no sample of %s is made of this test: %v", version, err)
		return
	}
	name, _, _ := strings.Cut(r.t.Name(), "/together")
	file := filepath.Join(folder, filepath.FromSlash(sample.Folder), snake.Case(strings.TrimPrefix(strings.ReplaceAll(name, "/", "_"), "Test"))+".json")
	if err := recorded.Write(file); err != nil {
		r.t.Errorf("SPINOFF_RECORD: %v", err)
		return
	}
	r.t.Logf("recorded %d calls: %s", len(recorded.Steps), file)
}
