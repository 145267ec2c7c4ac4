package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// client posts one body to one server, over connections that it keeps, with as little work as it takes: it shares the machine with the servers that it measures.
type client struct {
	address string
	request []byte
	idle    chan *connection
}

type connection struct {
	net.Conn
	in *bufio.Reader
}

func newClient(to string, body []byte) (*client, error) {
	u, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", u.RequestURI(), u.Host, len(body))
	return &client{u.Host, append([]byte(head), body...), make(chan *connection, 64)}, nil
}

func (c *client) post(ctx context.Context) error {
	var conn *connection
	select {
	case conn = <-c.idle:
	default:
		dialed, err := new(net.Dialer).DialContext(ctx, "tcp", c.address)
		if err != nil {
			return err
		}
		conn = &connection{dialed, bufio.NewReader(dialed)}
	}
	keep, err := conn.post(c.request)
	if !keep {
		return errors.Join(err, conn.Close())
	}
	c.idle <- conn
	return nil
}

// post sends a request, reads the answer, and reports whether the connection can be used again.
func (c *connection) post(request []byte) (keep bool, err error) {
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return false, err
	}
	if _, err := c.Write(request); err != nil {
		return false, err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode/100 != 2 {
		return false, errors.Join(err, fmt.Errorf("status %d", response.StatusCode))
	}
	return !response.Close, nil
}

func (c *client) close() {
	for {
		select {
		case conn := <-c.idle:
			conn.Close() //nolint:errcheck // the measuring is over
		default:
			return
		}
	}
}
