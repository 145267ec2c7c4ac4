package call

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/trace"
)

// maxAnswer bounds what a consumer reads of an answer, in bytes.
const maxAnswer = 64 << 20

// Remote calls a service over HTTP. It is safe for concurrent use.
type Remote struct {
	service  string
	base     *url.URL
	identity *Identity
	client   http.RoundTripper // not an http.Client: a redirect is no answer, and nothing else of it is needed
	log      *slog.Logger

	mu        sync.RWMutex
	endpoints map[key]*remoteEndpoint // those called so far

	consumers *consumers
	tracer    trace.Tracer // nil where nothing is recorded
}

// remoteEndpoint is an endpoint with its address.
type remoteEndpoint struct {
	*endpoint
	url  *url.URL // nil where a value of the request is in it
	told daily    // that it is deprecated
}

// NewRemote returns a caller of the service that answers under base, such as http://127.0.0.1:8001. A user in base is the
// consumer's name, its password the secret; they travel as HTTP basic authentication.
func NewRemote(service string, base *url.URL, transport http.RoundTripper, identity *Identity, log *slog.Logger) *Remote {
	return &Remote{service: service, base: base, identity: identity, log: log, client: transport, endpoints: map[key]*remoteEndpoint{}, consumers: newConsumers()}
}

// ParseBase reads the value of a variable such as FAQ_API.
func ParseBase(value string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner // without the value, which may hold a secret
		}
		return nil, fmt.Errorf("it is not a URL (%w); one looks like http://127.0.0.1:8001", err)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, errors.New("it is not a URL with a host; one looks like http://127.0.0.1:8001")
	case u.User != nil && !hasSecret(u.User):
		return nil, errors.New("it names a consumer and no secret; with both it looks like https://support:SECRET@faq.example")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("it has a query or a fragment; it is the address that paths such as /v1/create are added to")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

func hasSecret(user *url.Userinfo) bool {
	secret, ok := user.Password()
	return ok && secret != ""
}

// NewTransport returns an HTTP transport for calls between services: connections are kept and reused, and every step has a time-out.
func NewTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, 256
	t.IdleConnTimeout = 60 * time.Second
	t.ForceAttemptHTTP2 = false
	t.DisableCompression = true
	t.MaxResponseHeaderBytes = 64 << 10
	return t
}

// Base returns the address without a secret, for people.
func (c *Remote) Base() string { return c.base.Redacted() }

// call calls over HTTP. in is a shallow copy that nobody else holds.
func (c *Remote) call(ctx context.Context, consumer string, d *spinoff.Declaration, in, out any) error {
	e, err := c.endpoint(d, in, out)
	if err != nil {
		return spinoff.ErrInternal.Because(err)
	}
	s := &scope{overHTTP: true}
	s.begin(ctx, consumer, e.Timeout)
	defer s.end()
	if err := e.admitRequest(s, in, false); err != nil {
		return e.narrow(err, s)
	}
	s.traceRemote(c.tracer, e.endpoint, c.base.Hostname(), c.base.Port())
	e.counts.begun.Add(1)
	told := c.exchange(s, e, in, out)
	c.ended(s, e.endpoint, out, told)
	if told != nil {
		return told
	}
	return nil
}

func (c *Remote) endpoint(d *spinoff.Declaration, in, out any) (*remoteEndpoint, error) {
	k := key{d.Service, d.Route}
	c.mu.RLock()
	known := c.endpoints[k]
	c.mu.RUnlock()
	if known != nil {
		return known, nil
	}
	compiled, err := compile(spinoff.Operation{Declaration: *d, In: reflect.TypeOf(in).Elem(), Out: reflect.TypeOf(out).Elem()})
	if err != nil {
		return nil, err
	}
	compiled.consumers = c.consumers
	e := &remoteEndpoint{endpoint: compiled}
	if compiled.request.InBody && !strings.Contains(compiled.Path(), "{") {
		if e.url, err = c.address(compiled, in); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.endpoints[k] == nil { // nobody else was faster
		c.endpoints[k] = e
	}
	return c.endpoints[k], nil
}

// exchange sends the request and reads the answer.
func (c *Remote) exchange(s *scope, e *remoteEndpoint, in, out any) *spinoff.Error {
	request, err := c.request(s, e, in)
	if err != nil {
		return c.failed(s, e.endpoint, err)
	}
	response, err := c.client.RoundTrip(request)
	if err != nil {
		return c.failed(s, e.endpoint, err)
	}
	defer response.Body.Close()
	c.heed(s, e, response.Header)
	for _, name := range e.reply.LinkHeaders {
		if link := response.Header.Get(name); link != "" {
			response.Header.Set(name, c.fromBase(request, link))
		}
	}
	if err := e.readAnswer(response, out); err != nil {
		return c.failed(s, e.endpoint, err)
	}
	return nil
}

// heed logs once a day for each consumer what the provider says of the end of an endpoint.
func (c *Remote) heed(s *scope, e *remoteEndpoint, h http.Header) {
	ending := learn(h)
	if ending == nil || !e.told.first(c.consumers.number(s.consumer), epoch.Add(s.start)) {
		return
	}
	ending.log(s, e.endpoint, c.log)
}

func (c *Remote) request(s *scope, e *remoteEndpoint, in any) (*http.Request, error) {
	u := e.url
	if u == nil {
		var err error
		if u, err = c.address(e.endpoint, in); err != nil {
			return nil, err
		}
	}
	h := make(http.Header, 8)
	h["User-Agent"] = nil // not sent: who calls is in a header of ours
	r := (&http.Request{Method: e.Method(), URL: u, Host: u.Host, Header: h, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(s.wait())
	if e.request.InBody {
		text := buffer()
		text.Write(e.request.AppendJSON(text.AvailableBuffer(), in))
		body := bytes.Clone(text.Bytes()) // the transport may go on reading it when the answer is there
		release(text)
		r.ContentLength = int64(len(body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		r.Body, _ = r.GetBody()
		h["Content-Type"] = contentJSON
	}
	e.request.EncodeHeader(h, in)
	origin := s.origin()
	values := []string{origin.RequestID, strconv.FormatInt(s.left().Milliseconds(), 10), origin.Consumer, e.sendKey(s)} // one allocation for four headers
	h[headerRequestID], h[headerTimeout] = values[0:1:1], values[1:2:2]
	if origin.Consumer != "" {
		h[headerConsumer] = values[2:3:3]
	}
	if origin.Trace != "" {
		h[trace.Header] = []string{origin.Trace}
	}
	if statement := c.identity.Sign(origin.Person, c.service); statement != "" {
		h.Set(headerPerson, statement)
	}
	if values[3] != "" {
		h[headerIdempotencyKey] = values[3:]
	}
	if secret, ok := c.base.User.Password(); ok {
		r.SetBasicAuth(c.base.User.Username(), secret)
	} else if statement := c.identity.SignConsumer(origin.Consumer, c.service); statement != "" {
		h.Set(headerStatement, statement)
	}
	return r, nil
}

// address returns the URL of a call.
func (c *Remote) address(e *endpoint, in any) (*url.URL, error) {
	u := *c.base
	path := "/v" + strconv.Itoa(e.Service.Version) + e.Path()
	if !strings.Contains(path, "{") {
		u.Path, u.RawPath = u.Path+path, ""
	} else {
		var err error
		u.RawPath = u.EscapedPath() + e.request.EncodePath(path, in)
		if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
			return nil, err
		}
	}
	if !e.request.InBody {
		u.RawQuery = e.request.EncodeQuery(in).Encode()
	}
	return &u, nil
}

// readAnswer reads an answer or an error.
func (e *endpoint) readAnswer(response *http.Response, out any) error {
	body := io.LimitReader(response.Body, maxAnswer)
	media, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	switch {
	case media == problemMediaType:
		if told := readProblem(response.Header, body, e.Service.Name); told != nil {
			return told
		}
		return fmt.Errorf("it answers with status %d and a problem that no spinoff service has", response.StatusCode)
	case response.StatusCode >= 300:
		return fmt.Errorf("it answers with status %d and %q, which no spinoff service does", response.StatusCode, media)
	case !e.reply.InBody:
	case media != "application/json":
		return fmt.Errorf("it answers with %q, not JSON", media)
	default:
		text := buffer()
		defer release(text)
		if _, err := text.ReadFrom(body); err != nil {
			return err
		}
		faults, err := e.reply.Decode(text, out, false)
		if err != nil {
			return fmt.Errorf("its answer cannot be read: %w", err)
		}
		if faults != nil {
			return fmt.Errorf("its answer breaks the contract: %w", e.invalid(faults))
		}
	}
	e.reply.SetStatus(out, response.StatusCode)
	e.reply.DecodeHeader(response.Header, out)
	return nil
}

// failed returns the error of a call: the problem that the provider answered with, or why there was no proper answer.
func (c *Remote) failed(s *scope, e *endpoint, err error) *spinoff.Error {
	if told, ok := err.(*spinoff.Error); ok { //nolint:errorlint // a problem is never wrapped
		return told
	}
	switch {
	case s.parent.Err() != nil:
		return e.narrow(s.parent.Err(), s)
	case s.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return e.narrow(context.DeadlineExceeded, s)
	}
	told := spinoff.ErrUnavailable.With("%s at %s: %v", c.service, c.Base(), Trouble(err))
	told.Service, told.RequestID = e.Service.Name, s.origin().RequestID
	return told
}
