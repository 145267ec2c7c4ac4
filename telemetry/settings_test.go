package telemetry_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/telemetry"
)

// TestOff: spans are recorded only where a variable names a collector.
func TestOff(t *testing.T) {
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for _, c := range []struct {
		variables map[string]string
		want      string // where spans go; empty: nowhere
	}{
		{nil, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "none", endpoint: "http://a:1"}, ""},
		{map[string]string{"OTEL_SDK_DISABLED": "TRUE", endpoint: "http://a:1"}, ""},
		{map[string]string{endpoint: "http://a:1"}, "http://a:1/v1/traces"},
		{map[string]string{endpoint: "https://u:secret@a:1/base/"}, "https://u:xxxxx@a:1/base/v1/traces"},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://a:1/x", endpoint: "http://b"}, "http://a:1/x"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, "http://localhost:4318/v1/traces"},
	} {
		got, err := telemetry.Read(func(name string) string { return c.variables[name] }, "x")
		if err != nil || got.On != (c.want != "") || got.On && got.Collector.String() != c.want {
			t.Errorf("%v: on %v, %+v, %v; want %q", c.variables, got.On, got.Collector, err, c.want)
		}
	}
}

// TestWrongSettings: an error names the variable, says what would be right, and shows no secret.
func TestWrongSettings(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, value, want string }{
		{"OTEL_TRACES_EXPORTER", "zipkin", "it is otlp or none"},
		{"OTEL_TRACES_SAMPLER", "jaeger_remote", "parentbased_"},
		{"OTEL_TRACES_SAMPLER_ARG", "2", "from 0 to 1"},
		{"OTEL_TRACES_SAMPLER_ARG", "NaN", "from 0 to 1"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "port 4318"},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "http/protobuf"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "secret:4318", "http://localhost:4318"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "milliseconds"},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "gzip or none"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "secret", "one=1,two=2"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0d%0ab", "one=1,two=2"},
		{"OTEL_RESOURCE_ATTRIBUTES", "=secret", "one=1,two=2"},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", empty, "has no certificate"},
		{"OTEL_EXPORTER_OTLP_CLIENT_KEY", empty, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY"},
	} {
		variables := map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": "traceidratio", c.name: c.value}
		_, err := telemetry.Read(func(name string) string { return variables[name] }, "x")
		if err == nil || !strings.Contains(err.Error(), c.name) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s=%s: %v, want the variable, %q and no secret", c.name, c.value, err, c.want)
		}
	}
}
