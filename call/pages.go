package call

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
)

// Pages returns what carries requests for pages of the app, by the replicas that answer its calls. The path of a request is relative to the app; a key is
// not added. A request goes to another replica where one cannot be connected to, and a GET also where a connection breaks before the answer begins.
func (c *Remote) Pages() http.RoundTripper { return pages{c} }

type pages struct{ *Remote }

// RoundTrip implements [http.RoundTripper], except that it leaves it to the caller to close the body of the request.
func (p pages) RoundTrip(r *http.Request) (*http.Response, error) {
	var body *keptBody
	if r.Body != nil && r.Body != http.NoBody {
		body = &keptBody{ReadCloser: r.Body}
	}
	var tried []*replica
	var failures []error
	for {
		to := p.pool.pick(tried)
		if to == nil {
			return nil, errors.Join(failures...)
		}
		tried = append(tried, to)
		response, again, err := p.ask(to, r, body)
		if err == nil {
			return response, nil
		}
		failures = append(failures, err)
		if !again || p.options.NoRetries || r.Context().Err() != nil {
			return nil, errors.Join(failures...)
		}
	}
}

// ask sends the request to one replica. again says that another may be asked.
func (p pages) ask(to *replica, r *http.Request, body *keptBody) (response *http.Response, again bool, err error) {
	var w watch
	out := r.WithContext(w.watched(r.Context()))
	out.URL = to.page(r)
	if body != nil {
		out.Body = body
	}
	p.pool.begin(to)
	response, err = to.transport.RoundTrip(out)
	v := fine
	switch {
	case err == nil && response.StatusCode == http.StatusServiceUnavailable && retryAfter(response.Header) > 0:
		v = busy
	case err == nil:
	case r.Context().Err() != nil:
		v = unknown
	case w.reused && !isTimeout(err): // as with calls
		v = unknown
	case !w.sent(err) && !isTimeout(err):
		v = away
	default:
		v = failed
	}
	if err == nil && response.StatusCode != http.StatusSwitchingProtocols {
		response.Body = &pageBody{ReadCloser: response.Body, end: sync.OnceFunc(func() { p.pool.end(to, v) })}
		return response, false, nil
	}
	p.pool.end(to, v)
	isSafe := r.Method == http.MethodGet || r.Method == http.MethodHead
	again = (isSafe || !w.sent(err)) && (body == nil || !body.begun.Load())
	return response, again, to.demand.explain(err, &w)
}

// page returns the URL of a page.
func (r *replica) page(request *http.Request) *url.URL {
	u := *request.URL
	u.Scheme, u.Host = r.base.Scheme, r.base.Host
	if path := r.base.EscapedPath() + request.URL.EscapedPath(); path != u.EscapedPath() {
		u.Path, u.RawPath = r.base.Path+u.Path, path
	}
	return &u
}

// keptBody is the body of a request that may be sent again while nothing of it was read: it stays open.
type keptBody struct {
	io.ReadCloser
	begun atomic.Bool
}

func (b *keptBody) Read(to []byte) (int, error) {
	b.begun.Store(true)
	return b.ReadCloser.Read(to)
}

func (b *keptBody) Close() error { return nil }

// pageBody is the body of an answer: while it is read, the request is outstanding.
type pageBody struct {
	io.ReadCloser
	end func()
}

func (b *pageBody) Close() error {
	b.end()
	return b.ReadCloser.Close()
}
