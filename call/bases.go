package call

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Bases are the addresses under which one app answers: the value of a variable such as FAQ_API. Each is a replica, or a host name with the
// addresses of several. There is at least one, and the same key, if any, is in all of them.
type Bases []*url.URL

// ParseBases reads the value of a variable such as FAQ_API: one address, or several with commas between them. The scheme of an address is http,
// https, or h2c, which is HTTP/2 in the clear. Errors do not show a secret.
func ParseBases(value string) (Bases, error) {
	var bases Bases
	for one := range strings.SplitSeq(value, ",") {
		base, err := parseBase(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		bases = append(bases, base)
	}
	for i, b := range bases {
		for _, other := range bases[:i] {
			switch {
			case other.User.String() != b.User.String():
				return nil, errors.New("its addresses have different keys; the replicas of an app know the same ones, so write one key into all: http://me:SECRET@a:8001,http://me:SECRET@b:8001")
			case *other == *b || other.String() == b.String():
				return nil, fmt.Errorf("it has %s twice; each replica is named once", b.Redacted())
			}
		}
	}
	return bases, nil
}

func parseBase(value string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner // without the value, which may hold a secret
		}
		return nil, fmt.Errorf("it is not a URL (%w); one looks like http://127.0.0.1:8001", err)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != schemeH2C, u.Host == "":
		return nil, errors.New("it is not a URL with a host; one looks like http://127.0.0.1:8001, several like http://a:8001,http://b:8001")
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

// Key returns the name of the consumer and its secret, where they are in the addresses.
func (b Bases) Key() (name, secret string, ok bool) {
	if len(b) == 0 || b[0].User == nil {
		return "", "", false
	}
	secret, ok = b[0].User.Password()
	return b[0].User.Username(), secret, ok
}

// Redacted returns the addresses without a secret, for people.
func (b Bases) Redacted() string {
	shown := make([]string, len(b))
	for i, base := range b {
		shown[i] = base.Redacted()
	}
	return strings.Join(shown, ",")
}
