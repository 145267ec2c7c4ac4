package call

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// schemeH2C is that of an address which is called by HTTP/2 without TLS, and without asking first (RFC 9113, 3.3).
const schemeH2C = "h2c"

// NewTransport returns an HTTP transport for calls between services: connections are kept and reused, and every step has a time-out; that of
// waiting for an answer is the deadline of the call. HTTP/2 is spoken where TLS agrees on it.
func NewTransport() *http.Transport {
	dialer := &net.Dialer{
		Timeout: 2 * time.Second,
		// A connection whose other end is gone without a word is found out within half a minute while it is idle. One that is waited on ends with the
		// deadline of its call, or, in HTTP/2, by the pings below; so TCP_USER_TIMEOUT would add nothing.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3},
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    3 * time.Second,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        60 * time.Second,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
		Protocols:              protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 5 * time.Second, WriteByteTimeout: 10 * time.Second},
	}
}

// transportTo returns a copy of t with connections of its own, to one replica, which may demand a certificate. Its connections go to address where that is not "", whatever the
// host of a request is, so that the host's name stays that of the certificate.
func transportTo(t *http.Transport, address string, h2c bool, d *demand) *http.Transport {
	own := t.Clone()
	own.TLSClientConfig = d.noted(own.TLSClientConfig)
	dial := t.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	own.DialContext = func(ctx context.Context, network, to string) (net.Conn, error) {
		if address != "" {
			to = address
		}
		conn, err := dial(ctx, network, to)
		if err != nil {
			return nil, err
		}
		return &countedConn{Conn: conn}, nil
	}
	if h2c {
		own.Protocols = new(http.Protocols)
		own.Protocols.SetUnencryptedHTTP2(true)
	}
	return own
}

// countedConn counts what is written.
type countedConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written.Add(int64(n))
	return n, err
}

// watch finds out how far a request came. It is for one request at a time.
type watch struct {
	got    bool         // whether there was a connection
	reused bool         // whether it had been used before
	conn   *countedConn // nil where it is not one of ours
	before int64        // what was written to it before
}

// watched returns a context that tells w.
func (w *watch) watched(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: w.gotConn})
}

func (w *watch) gotConn(info httptrace.GotConnInfo) {
	conn := info.Conn
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	w.got, w.reused = true, info.Reused
	if w.conn, _ = conn.(*countedConn); w.conn != nil {
		w.before = w.conn.written.Load()
	}
}

// sent reports whether the provider may have seen anything of the request that failed with err. It is true in case of doubt, such as where other requests
// share the connection.
func (w *watch) sent(err error) bool {
	switch {
	case !w.got:
		return false
	case strings.HasPrefix(err.Error(), "http2: Transport: cannot retry err"): // said only where the server has promised not to have looked at it (RFC 9113, 8.7)
		return false
	}
	return w.conn == nil || w.conn.written.Load() != w.before
}
