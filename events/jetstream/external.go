package jetstream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	nj "github.com/nats-io/nats.go/jetstream"
)

func (e *Engine) connectExternal(ctx context.Context) error {
	addresses, how, err := e.options.external()
	if err != nil {
		return err
	}
	shown := shownURL(addresses)
	err = e.connect(strings.Join(addresses, ","), how...)
	if unreachable(err) {
		e.options.Log.Warn("the event engine is out of reach; events wait until it is there", "server", shown, "error", err)
		return e.connect(strings.Join(addresses, ","), append(how, nats.RetryOnFailedConnect(true))...)
	}
	if err != nil {
		return fmt.Errorf("connect to the event engine at %s: %w", shown, err)
	}
	if err := fit(natsserver.VERSION, e.nc.ConnectedServerVersion()); err != nil {
		return fmt.Errorf("event engine at %s: %w", shown, err)
	}
	switch _, err := e.js.AccountInfo(ctx); {
	case errors.Is(err, nj.ErrJetStreamNotEnabled), errors.Is(err, nats.ErrNoResponders), errors.Is(err, nj.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("event engine at %s: JetStream is not enabled there: start nats-server with -js, or enable it for the account", shown)
	case err != nil:
		return fmt.Errorf("event engine at %s: %w", shown, err)
	}
	return nil
}

// external returns the addresses of the servers and how to connect to them. Errors name no password.
func (o Options) external() (addresses []string, how []nats.Option, err error) {
	var user *url.Userinfo
	for one := range strings.SplitSeq(o.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
			return nil, nil, errors.New("URL of the event engine: want nats://user:password@host:4222, or tls:// for TLS, several separated by commas;" +
				" a password with special characters is written with %")
		}
		if user == nil {
			user = u.User
		}
		addresses = append(addresses, u.String())
	}
	if password, ok := user.Password(); ok {
		how = append(how, nats.UserInfo(user.Username(), password))
	} else if user != nil {
		how = append(how, nats.Token(user.Username()))
	}
	if o.Creds != "" {
		how = append(how, nats.UserCredentials(o.Creds))
	}
	if o.CA != "" {
		how = append(how, nats.RootCAs(o.CA))
	}
	if o.Cert != "" || o.Key != "" {
		how = append(how, nats.ClientCert(o.Cert, o.Key))
	}
	return addresses, how, nil
}

// shownURL returns the addresses without who connects.
func shownURL(addresses []string) string {
	var shown []string
	for _, one := range addresses {
		if u, err := url.Parse(one); err == nil {
			u.User = nil
			shown = append(shown, u.String())
		}
	}
	return strings.Join(shown, ",")
}

// unreachable reports whether an error of the first connection says that no server was there, rather than that one refused.
func unreachable(err error) bool {
	var op *net.OpError
	return errors.Is(err, nats.ErrNoServers) || errors.As(err, &op) && op.Op == "dial" || errors.Is(err, nats.ErrTimeout)
}

// fit refuses a server that is older than the embedded one, against which everything is tested.
func fit(embedded, other string) error {
	if compareVersions(other, embedded) >= 0 {
		return nil
	}
	return fmt.Errorf("nats-server there is %s, older than the embedded %s: older servers silently ignore settings of streams and consumers that they do not know,"+
		" and events could be lost; upgrade it to %s or later", other, embedded, embedded)
}

// compareVersions compares "2.15.2" with "v2.9.10-beta.1" by numbers; what follows a dash does not count.
func compareVersions(a, b string) int {
	next := func(version *string) int {
		first, rest, _ := strings.Cut(*version, ".")
		*version = rest
		n, _ := strconv.Atoi(first) // 0 where it is none: older than anything
		return n
	}
	a, _, _ = strings.Cut(strings.TrimPrefix(a, "v"), "-")
	b, _, _ = strings.Cut(strings.TrimPrefix(b, "v"), "-")
	for a != "" || b != "" {
		if x, y := next(&a), next(&b); x != y {
			return x - y
		}
	}
	return 0
}
