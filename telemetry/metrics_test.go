package telemetry_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/spinoff-go/spinoff/spinofftest"
)

// scrape gets the metrics of a process in a format, with more headers.
func scrape(t *testing.T, base, accept string, headers ...string) (status int, header http.Header, text []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, text
}

// families reads the metrics of a process by the parser of Prometheus.
func families(t *testing.T, base string) map[string]*dto.MetricFamily {
	t.Helper()
	_, _, text := scrape(t, base, "text/plain")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	read, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("the metrics of %s cannot be read: %v\n%s", base, err, text)
	}
	return read
}

// processes returns where the processes of a site answer.
func processes(t *testing.T, site *spinofftest.Site) []string {
	t.Helper()
	all := map[string]bool{}
	for _, app := range []string{"desk", "shop", "stock", "mail"} {
		u, err := url.Parse(site.Base(app))
		if err != nil {
			t.Fatal(err)
		}
		all[u.Scheme+"://"+u.Host] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// labels writes the labels of a metric that are asked for.
func labels(m *dto.Metric, names ...string) string {
	var values []string
	for _, name := range names {
		for _, l := range m.Label {
			if l.GetName() == name {
				values = append(values, l.GetValue())
			}
		}
	}
	return strings.Join(values, " ")
}

// TestMetricsOfAStory: after a known story the numbers are exact, in every placement.
func TestMetricsOfAStory(t *testing.T) {
	spinofftest.Run(t, project(), "stock", func(t *testing.T, site *spinofftest.Site) {
		if site.Placement == "two of each" {
			t.Skip("each call is sent twice there, and counted twice, by two replicas")
		}
		for _, item := range []string{"lamp", "lamp", "sold"} {
			visit(t, site.URL+"/desk/buy/"+item, "")
		}
		for range 3 {
			if _, err := takeOne.Call(t.Context(), site.Calls, take{Item: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := takeOne.Call(t.Context(), site.Calls, take{Item: "sold"})
		if !errors.Is(err, errSold) {
			t.Fatalf("take what is sold: %v", err)
		}
		calls := map[string]string{"shop.v1.place desk": "3, 1 internal 5xx", "stock.v1.take shop": "3, 1 stock.sold 4xx", "stock.v1.take mail": "2", "stock.v1.take test": "4, 1 stock.sold 4xx"}
		want := map[string]string{"desk 200 in_process": "2", "desk 502 in_process": "1"}
		for name, n := range calls {
			placement := "in_process"
			if site.Placement == "all apart" || site.Placement == "stock apart" && strings.HasPrefix(name, "stock.") {
				placement = "http"
				want["consumer "+name+" http"] = n
			}
			want["provider "+name+" "+placement] = n
		}
		var got map[string]string
		for range 500 { // until the events were handled
			if got = told(t, site); cmp.Equal(want, got) {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what is counted (-want +got):\n%s", diff)
		}
	})
}

// told adds up what all processes of a site have counted of calls and pages.
func told(t *testing.T, site *spinofftest.Site) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, base := range processes(t, site) {
		read := families(t, base)
		for _, m := range read["spinoff_call_duration_seconds"].GetMetric() {
			got[labels(m, "side", "endpoint", "consumer", "placement")] = fmt.Sprint(m.Histogram.GetSampleCount())
		}
		for _, m := range read["spinoff_call_errors_total"].GetMetric() {
			got[labels(m, "side", "endpoint", "consumer", "placement")] += fmt.Sprintf(", %v %s", m.Counter.GetValue(), labels(m, "code", "class"))
		}
		for _, m := range read["spinoff_page_duration_seconds"].GetMetric() {
			got[labels(m, "app", "status", "placement")] = fmt.Sprint(m.Histogram.GetSampleCount())
		}
		for _, m := range read["spinoff_calls_in_flight"].GetMetric() {
			if labels(m, "service") == "shop" && m.Gauge.GetValue() != 0 {
				t.Errorf("%v calls of shop are in flight, want none", m.Gauge.GetValue())
			}
		}
	}
	return got
}

// TestCutOffPage: an answer that ends in the middle has failed, and is not in flight any more.
func TestCutOffPage(t *testing.T) {
	site := spinofftest.Together(t, project())
	response, err := http.Get(site.URL + "/desk/half")
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	if err == nil {
		t.Error("half a page is taken for a whole one")
	}
	var failed, inFlight float64
	for range 500 { // until the server has noted the end
		read := families(t, site.URL)
		for _, m := range read["spinoff_page_duration_seconds"].GetMetric() {
			if labels(m, "app", "status") == "desk 500" {
				failed = float64(m.Histogram.GetSampleCount())
			}
		}
		inFlight = read["spinoff_pages_in_flight"].GetMetric()[0].Gauge.GetValue()
		if failed > 0 {
			break
		}
	}
	if failed != 1 || inFlight != 0 {
		t.Errorf("%v pages have failed and %v are in flight, want 1 and 0", failed, inFlight)
	}
}

// TestMetricsOfADatabase: commits and events are counted.
func TestMetricsOfADatabase(t *testing.T) {
	site := spinofftest.Together(t, project())
	before := families(t, site.URL)
	for range 5 {
		visit(t, site.URL+"/desk/buy/lamp", "")
	}
	after := families(t, site.URL)
	value := func(read map[string]*dto.MetricFamily, name string) (sum float64) {
		for _, m := range read[name].GetMetric() {
			if labels(m, "app") == "shop" {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		return sum
	}
	for _, name := range []string{"spinoff_database_commits_total", "spinoff_database_transactions_total"} {
		if got := value(after, name) - value(before, name); got < 5 {
			t.Errorf("%s has grown by %v with five orders, want at least 5", name, got)
		}
	}
	if got := value(after, "spinoff_events_failed"); got != 0 || len(after["spinoff_events_failed"].GetMetric()) != 4 {
		t.Errorf("spinoff_events_failed is %v, want 0 for shop and mail in two states", after["spinoff_events_failed"])
	}
}

// TestFormats: OpenMetrics, and protobuf with native histograms that say the same as the classic ones.
func TestFormats(t *testing.T) {
	site := spinofftest.Together(t, project())
	visit(t, site.URL+"/desk/buy/lamp", "")
	_, header, text := scrape(t, site.URL, "application/openmetrics-text; version=1.0.0")
	if !strings.HasPrefix(header.Get("Content-Type"), "application/openmetrics-text") || !bytes.HasSuffix(text, []byte("# EOF\n")) {
		t.Errorf("asked for OpenMetrics, got %q ending %q", header.Get("Content-Type"), text[max(0, len(text)-20):])
	}
	_, header, text = scrape(t, site.URL, "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
	decoder := expfmt.NewDecoder(bytes.NewReader(text), expfmt.ResponseFormat(header))
	seen := 0
	for {
		var f dto.MetricFamily
		if err := decoder.Decode(&f); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if f.GetName() != "spinoff_call_duration_seconds" {
			continue
		}
		for _, m := range f.Metric {
			seen++
			h, count, sum := m.Histogram, int64(0), int64(0)
			upper := 0.0 // of the last native bucket that has something
			for i, delta := range h.PositiveDelta {
				if count += delta; count > 0 {
					upper = pow2(int(h.PositiveSpan[0].GetOffset()) + i)
				}
				sum += count
			}
			if h.GetSchema() != 0 || uint64(sum) != h.GetSampleCount() || sum == 0 || h.GetSampleSum() > upper*float64(sum) || h.GetSampleSum() < upper/2 {
				t.Errorf("%s: native buckets hold %d calls up to %v s, the histogram says %d calls in %v s", labels(m, "endpoint"), sum, upper, h.GetSampleCount(), h.GetSampleSum())
			}
		}
	}
	if seen == 0 {
		t.Error("no call is counted")
	}
}

func pow2(n int) float64 {
	if n < 0 {
		return 1 / pow2(-n)
	}
	return float64(uint64(1) << n)
}

// TestWhoMayMeasure: programs on this machine, and those with the key.
func TestWhoMayMeasure(t *testing.T) {
	spinofftest.RunIn(t, project(), "stock", map[string]string{"SPINOFF_METRICS_KEY": "s3cret"}, func(t *testing.T, site *spinofftest.Site) {
		for _, c := range []struct {
			name    string
			headers []string
			want    int
		}{
			{"from here", nil, 200},
			{"from here with the key", []string{"Authorization", "Bearer s3cret"}, 200},
			{"by another name with the key", []string{"Host", "10.0.0.7:8000", "Authorization", "Bearer s3cret"}, 200},
			{"by another name", []string{"Host", "10.0.0.7:8000"}, 403},
			{"through a proxy", []string{"X-Forwarded-For", "192.0.2.1"}, 403},
			{"through a proxy of another kind", []string{"Forwarded", "for=192.0.2.1"}, 403},
			{"with another key", []string{"Authorization", "Bearer s3cre"}, 401},
		} {
			status, _, text := scrape(t, site.URL, "text/plain", c.headers...)
			if status != c.want || (c.want == 200) != bytes.Contains(text, []byte("go_goroutines")) || bytes.Contains(text, []byte("s3cret")) {
				t.Errorf("%s: status %d, want %d: %.200s", c.name, status, c.want, text)
			}
		}
	})
}

// TestDocumentedMetrics: docs/observability.md lists all metrics that there are, and no others.
func TestDocumentedMetrics(t *testing.T) {
	site := spinofftest.Together(t, project())
	visit(t, site.URL+"/desk/buy/sold", "")
	text, err := os.ReadFile("../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(spinoff_[a-z_]+)` \\|").FindAllSubmatch(text, -1) {
		documented[string(row[1])] = true
	}
	there := map[string]bool{}
	for name := range families(t, site.URL) {
		if strings.HasPrefix(name, "spinoff_") {
			there[name] = true
		}
	}
	if diff := cmp.Diff(documented, there); diff != "" {
		t.Errorf("metrics that are documented, and that there are (-documented +there):\n%s", diff)
	}
}
