package call

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff"
)

// ServeHTTP answers a request whose path is relative to the app: /v2/create. It answers with a problem where there is no such endpoint.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// Patterns returns the patterns, as http.ServeMux has them, of everything that the provider answers.
func (p *Provider) Patterns() []string {
	var patterns []string
	for _, e := range p.sorted {
		patterns = append(patterns, patternsOf(e.Declaration)...)
	}
	for _, g := range p.gone {
		patterns = append(patterns, patternsOf(g.op.Declaration)...)
	}
	return patterns
}

// patternsOf returns the patterns of one endpoint: with the version, and for version 1 also without, because that is what a path meant before there were versions.
// A slash at the end is the same endpoint.
func patternsOf(d spinoff.Declaration) []string {
	paths := []string{fmt.Sprintf("/v%d%s", d.Service.Version, d.Path())}
	if d.Service.Version == 1 {
		paths = append(paths, d.Path())
	}
	var patterns []string
	for _, path := range paths {
		patterns = append(patterns, d.Method()+" "+path, d.Method()+" "+path+"/{$}")
	}
	return patterns
}

func (p *Provider) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, e := range p.sorted {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(e, w, r) })
		for _, pattern := range patternsOf(e.Declaration) {
			mux.Handle(pattern, handler)
		}
	}
	for _, g := range p.gone {
		for _, pattern := range patternsOf(g.op.Declaration) {
			mux.Handle(pattern, g)
		}
	}
	mux.HandleFunc("/", p.serveMissing)
	return mux
}

// serve answers one call that came over HTTP.
func (p *Provider) serve(e *endpoint, w http.ResponseWriter, r *http.Request) {
	if !p.comeIn(laneAsked(r, e.Priority)) {
		p.turnAway(w, r)
		return
	}
	defer p.door.goOut()
	e.extend(w)
	s := &scope{provider: p, overHTTP: true}
	defer s.end() // whatever panics
	origin, err := p.origin(r)
	ctx := r.Context()
	if p.data != nil && e.Method() != http.MethodGet { // nobody else looks for a key
		ctx = withKey(r)
	}
	s.begin(ctx, origin.Consumer, e.budget(r))
	origin.Priority = e.priority(origin.Priority)
	s.traceServed(p.tracer, e, &origin)
	s.merged.Store(&origin)
	in, out := reflect.New(e.In).Interface(), reflect.New(e.Out).Interface()
	if err == nil {
		err = e.permits(origin.Consumer)
	}
	if err == nil {
		err = e.read(p, s, w, r, in)
	}
	var told *spinoff.Error
	if s.refused {
		told = e.refused(err, s)
	} else {
		told = e.run(s, in, out, true, err, p.log)
	}
	w.Header().Set(headerRequestID, origin.RequestID)
	if e.ending != nil {
		e.ending.tell(w.Header(), e, r)
	}
	if told == nil {
		if s.replayed {
			w.Header().Set(headerReplayed, "true")
		}
		if err := e.write(w, r, out); err != nil {
			told = e.narrow(spinoff.ErrInternal.Because(err), s)
			p.log.ErrorContext(s, "answer not written", "endpoint", e.name, "error", err)
		}
	}
	s.endSpans(e, out, told)
	if told != nil {
		p.Refuse(w, told)
	}
}

// Patience returns how long whoever sent a request waits for the answer, at most [spinoff.DefaultTimeout].
func Patience(r *http.Request) time.Duration {
	if ms, err := strconv.ParseInt(r.Header.Get(headerTimeout), 10, 64); err == nil && ms < spinoff.DefaultTimeout.Milliseconds() {
		return time.Duration(max(ms, 0)) * time.Millisecond
	}
	return spinoff.DefaultTimeout
}

// turnAway answers a request that is not let in, of which nothing was read.
func (p *Provider) turnAway(w http.ResponseWriter, r *http.Request) {
	e := overloaded(p.app, RequestID(r))
	w.Header().Set(headerRequestID, e.RequestID)
	WriteProblem(w, e)
}

// budget returns how long the call may take: what the caller has left, and never more than the endpoint allows.
func (e *endpoint) budget(r *http.Request) time.Duration {
	if ms, err := strconv.ParseInt(r.Header.Get(headerTimeout), 10, 64); err == nil && ms < e.Timeout.Milliseconds() {
		return time.Duration(max(ms, 0)) * time.Millisecond
	}
	return e.Timeout
}

// read reads the request from path, headers and body or query, and admits it. The call begins when its body is there, so that one that trickles in holds up nobody.
func (e *endpoint) read(p *Provider, s *scope, w http.ResponseWriter, r *http.Request, in any) error {
	var faults []spinoff.Field
	if e.request.InBody {
		if r.URL.RawQuery != "" {
			return spinoff.ErrMalformed.With("%s reads its values from the body, not from the query", e.Route)
		}
		var err error
		if faults, err = e.readBody(p, s, w, r, in); err != nil {
			return err
		}
	} else {
		if err := s.enter(p, e.Priority); err != nil {
			return err
		}
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return spinoff.ErrMalformed.With("the query: %v", err)
		}
		faults = append(faults, e.request.DecodeValues(query, in)...)
	}
	faults = slices.Concat(e.request.DecodePath(r.PathValue, in), e.request.DecodeHeader(r.Header, in), faults)
	if faults != nil {
		return e.invalid(faults)
	}
	return e.admitRequest(s, in, true)
}

// readBody reads a body of JSON or a form.
func (e *endpoint) readBody(p *Provider, s *scope, w http.ResponseWriter, r *http.Request, in any) ([]spinoff.Field, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		w.Header().Set("Accept-Encoding", "identity") // RFC 9110, 12.5.3
		return nil, spinoff.ErrMediaType.With("Content-Encoding %q: a body is read as it is; send it without", coding)
	}
	if r.ContentLength > e.MaxBody { // not worth a look
		return nil, spinoff.ErrTooLarge.With("the body has more than %d bytes", e.MaxBody)
	}
	s.held = &heldBody{Reader: http.MaxBytesReader(w, r.Body, e.MaxBody), door: &p.door}
	media, err := mediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, spinoff.ErrMediaType.With("Content-Type: %v", err)
	}
	var faults []spinoff.Field
	switch media {
	case "application/json":
		text := buffer()
		defer release(text)
		if _, err = text.ReadFrom(s.held); err == nil {
			err = s.enter(p, e.Priority)
		}
		if err == nil {
			faults, err = e.request.Decode(text, in, true)
		}
	case "application/x-www-form-urlencoded", "":
		var text []byte
		if text, err = io.ReadAll(s.held); err == nil {
			err = s.enter(p, e.Priority)
		}
		if err != nil {
			break
		}
		var values url.Values
		if values, err = url.ParseQuery(string(text)); err == nil {
			faults = e.request.DecodeValues(values, in)
		}
	default:
		return nil, spinoff.ErrMediaType.With("%q is not read here; send application/json or application/x-www-form-urlencoded", media)
	}
	if s.refused {
		return nil, err
	}
	if errors.Is(err, spinoff.ErrOverloaded) { // what is held of bodies
		return nil, s.refuse(p, laneAsked(r, e.Priority))
	}
	if tooLarge, is := errors.AsType[*http.MaxBytesError](err); is {
		return nil, spinoff.ErrTooLarge.With("the body has more than %d bytes", tooLarge.Limit)
	}
	if err != nil {
		return nil, spinoff.ErrMalformed.With("the body: %v", err)
	}
	return faults, nil
}

// mediaType returns the media type of a Content-Type without its parameters.
func mediaType(contentType string) (string, error) {
	if contentType == "" || contentType == "application/json" { // nearly always
		return contentType, nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	return media, err
}

// buffers holds bodies while they are read and written.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// buffer returns an empty buffer, to be given back by release.
func buffer() *bytes.Buffer {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

// release gives a buffer back. One that a large body has made large is left to the garbage collector.
func release(b *bytes.Buffer) {
	if b.Cap() <= 1<<20 {
		buffers.Put(b)
	}
}

// Values of headers that nearly every call sends.
var (
	contentJSON = []string{"application/json"}
	noStore     = []string{"no-store"}
)

// write sends an answer that has been admitted.
func (e *endpoint) write(w http.ResponseWriter, r *http.Request, out any) error {
	status, err := e.reply.Status(out)
	if err != nil {
		return err
	}
	h := w.Header()
	e.reply.EncodeHeader(h, out)
	for _, name := range e.reply.LinkHeaders {
		if link := h.Get(name); link != "" {
			h.Set(name, fromRequest(r, link))
		}
	}
	h["Cache-Control"] = noStore
	if e.unchanged(r, h, status) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if !e.reply.InBody {
		w.WriteHeader(status)
		return nil
	}
	text := buffer()
	defer release(text)
	text.Write(append(e.reply.AppendJSON(text.AvailableBuffer(), out), '\n'))
	h["Content-Type"] = contentJSON
	if text.Len() > 1<<10 { // net/http counts a few kB itself, for less
		h.Set("Content-Length", strconv.Itoa(text.Len()))
	}
	w.WriteHeader(status)
	w.Write(text.Bytes()) //nolint:errcheck // the client is gone
	return nil
}

// unchanged reports whether the client has what a GET answers with already: by If-None-Match and ETag (RFC 9110, 13.1.2).
func (e *endpoint) unchanged(r *http.Request, h http.Header, status int) bool {
	known := r.Header.Values("If-None-Match")
	return known != nil && status < 300 && e.Method() == http.MethodGet && spinoff.MatchETag(strings.Join(known, ","), h.Get("ETag"))
}

// serveMissing says what there is instead of what was asked for.
func (p *Provider) serveMissing(w http.ResponseWriter, r *http.Request) {
	var e *spinoff.Error
	version, rest := splitVersion(r.URL.Path)
	switch methods := p.methods(r); {
	case len(methods) > 0:
		w.Header().Set("Allow", strings.Join(methods, ", "))
		e = spinoff.ErrMethod.With("%s takes %s", r.URL.Path, strings.Join(methods, ", "))
		e.Service = p.app
	default:
		e = p.noEndpoint(version, r.Method+" "+rest)
	}
	e.RequestID = RequestID(r)
	w.Header().Set(headerRequestID, e.RequestID)
	WriteProblem(w, e)
}

// methods returns the methods that the path of r takes.
func (p *Provider) methods(r *http.Request) []string {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		handler, pattern := p.mux.Handler(probe)
		if _, retired := handler.(*gone); !retired && pattern != "/" && pattern != "" {
			methods = append(methods, method)
		}
	}
	return methods
}

// splitVersion takes the version off a path; without one it is 1.
func splitVersion(path string) (version int, rest string) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if digits, ok := strings.CutPrefix(first, "v"); ok {
		if n, err := strconv.Atoi(digits); err == nil && strconv.Itoa(n) == digits {
			return n, "/" + rest
		}
	}
	return 1, path
}
