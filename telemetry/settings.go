package telemetry

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Settings are what the OTEL_* variables say; see docs/observability.md.
type Settings struct {
	On          bool // whether spans are recorded at all
	Collector   Collector
	Share       float64     // of all traces that begin here, 0 to 1, that are recorded
	HeedsParent bool        // whether what begins elsewhere is recorded when it is there
	Resource    [][2]string // attributes of the process, service.name among them
}

// Collector is where spans are sent to.
type Collector struct {
	URL     *url.URL
	Headers map[string]string
	Timeout time.Duration // for one batch, tries included
	Gzip    bool
	TLS     *tls.Config // nil: as the system has it
}

// String returns the address without a secret.
func (c Collector) String() string { return c.URL.Redacted() }

// environ reads variables.
type environ func(name string) string

// otlp returns a variable of the exporter, such as HEADERS: that for traces or else that for everything, with its name.
func (get environ) otlp(name string) (value, variable string) {
	variable = "OTEL_EXPORTER_OTLP_TRACES_" + name
	if value = get(variable); value != "" {
		return value, variable
	}
	variable = "OTEL_EXPORTER_OTLP_" + name
	return get(variable), variable
}

// Read reads the OTEL_* variables; service is the name of the program where they have none. Errors name the variable that is wrong.
func Read(get func(name string) string, service string) (Settings, error) {
	var s Settings
	endpoint, _ := environ(get).otlp("ENDPOINT")
	exporter := cmp.Or(get("OTEL_TRACES_EXPORTER"), map[bool]string{true: "otlp", false: "none"}[endpoint != ""])
	if exporter != "otlp" && exporter != "none" {
		return s, fmt.Errorf("OTEL_TRACES_EXPORTER is %q; it is otlp or none", exporter)
	}
	if strings.EqualFold(get("OTEL_SDK_DISABLED"), "true") || exporter == "none" {
		return s, nil
	}
	s.On = true
	var errs [3]error
	s.Collector, errs[0] = environ(get).collector()
	s.Share, s.HeedsParent, errs[1] = environ(get).sampler()
	s.Resource, errs[2] = environ(get).resource(service)
	return s, errors.Join(errs[:]...)
}

func (get environ) sampler() (share float64, heedsParent bool, err error) {
	name := cmp.Or(get("OTEL_TRACES_SAMPLER"), "parentbased_always_on")
	kind, heedsParent := strings.CutPrefix(name, "parentbased_")
	switch kind {
	case "always_on":
		return 1, heedsParent, nil
	case "always_off":
		return 0, heedsParent, nil
	case "traceidratio":
		text := cmp.Or(get("OTEL_TRACES_SAMPLER_ARG"), "1")
		share, err = strconv.ParseFloat(text, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return 0, false, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG is %q; with %s it is the share of traces that are recorded, from 0 to 1, such as 0.01", text, name)
		}
		return share, heedsParent, nil
	}
	return 0, false, fmt.Errorf("OTEL_TRACES_SAMPLER is %q; it is always_on, always_off or traceidratio, or one of these after parentbased_", name)
}

func (get environ) collector() (c Collector, err error) {
	if value, name := get.otlp("PROTOCOL"); value != "" && value != "http/protobuf" {
		return c, fmt.Errorf("%s is %q; spans are sent by http/protobuf only: collectors take that at port 4318, beside gRPC at 4317", name, value)
	}
	if c.URL, err = get.endpoint(); err != nil {
		return c, err
	}
	if c.Headers, err = get.headers(); err != nil {
		return c, err
	}
	c.Timeout = 10 * time.Second
	if value, name := get.otlp("TIMEOUT"); value != "" {
		ms, err := strconv.ParseUint(value, 10, 31)
		if err != nil || ms == 0 {
			return c, fmt.Errorf("%s is %q; it is a number of milliseconds, such as 10000", name, value)
		}
		c.Timeout = time.Duration(ms) * time.Millisecond
	}
	switch value, name := get.otlp("COMPRESSION"); value {
	case "gzip":
		c.Gzip = true
	case "", "none":
	default:
		return c, fmt.Errorf("%s is %q; it is gzip or none", name, value)
	}
	c.TLS, err = get.tls()
	return c, err
}

// endpoint returns where spans are sent to. An address for traces alone is whole, one for everything gets the path of traces.
func (get environ) endpoint() (*url.URL, error) {
	value, name := get.otlp("ENDPOINT")
	u, err := url.Parse(cmp.Or(value, "http://localhost:4318"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%s is no address; one looks like http://localhost:4318", name) // without its value, which may have a secret
	}
	if name != "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" {
		u = u.JoinPath("v1/traces")
	}
	return u, nil
}

func (get environ) headers() (map[string]string, error) {
	headers := map[string]string{}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		pairs, err := readPairs(name, get(name))
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			headers[p[0]] = p[1]
		}
	}
	return headers, nil
}

// readPairs reads "one=1,two=2" with values in percent-encoding. Its error does not show them.
func readPairs(name, value string) (pairs [][2]string, err error) {
	for one := range strings.SplitSeq(value, ",") {
		if strings.TrimSpace(one) == "" {
			continue
		}
		key, text, ok := strings.Cut(one, "=")
		key = strings.TrimSpace(key)
		decoded, err := url.PathUnescape(strings.TrimSpace(text))
		if !ok || key == "" || err != nil || strings.ContainsAny(key+decoded, "\r\n") {
			return nil, fmt.Errorf("%s cannot be read; it looks like one=1,two=2, with %%2C for a comma in a value", name)
		}
		pairs = append(pairs, [2]string{key, decoded})
	}
	return pairs, nil
}

func (get environ) resource(service string) ([][2]string, error) {
	pairs, err := readPairs("OTEL_RESOURCE_ATTRIBUTES", get("OTEL_RESOURCE_ATTRIBUTES"))
	named := [][2]string{{"service.name", service}}
	named = append(named, pairs...)
	if name := get("OTEL_SERVICE_NAME"); name != "" {
		named = append(named, [2]string{"service.name", name})
	}
	return named, err
}

// tls returns nil where no variable says anything.
func (get environ) tls() (*tls.Config, error) {
	ca, caName := get.otlp("CERTIFICATE")
	cert, certName := get.otlp("CLIENT_CERTIFICATE")
	key, keyName := get.otlp("CLIENT_KEY")
	if ca == "" && cert == "" && key == "" {
		return nil, nil //nolint:nilnil // nil is a configuration
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", caName, err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s: %s has no certificate; it is a file in PEM", caName, ca)
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("%s and %s: %w", certName, keyName, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
