package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// scrape is how long measuring may take when somebody asks.
const scrape = 2 * time.Second

// source sends what one part of the process has measured. A source that has nothing to say, as of an app that runs elsewhere, sends nothing.
type source func(ctx context.Context, to chan<- prometheus.Metric)

// sources are all that is measured besides pages, the Go runtime and the process. What another part of the pipeline counts gets a line here.
func (p *Process) sources() []source {
	return []source{p.measureCalls, p.measureLoad, p.measureDatabases, p.measureEvents}
}

// measures collects the sources. Which metrics there are is known only when they are asked.
type measures struct{ *Process }

// Describe implements [prometheus.Collector]: it says nothing.
func (m measures) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (m measures) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrape)
	defer cancel()
	for _, s := range m.sources() {
		s(ctx, to)
	}
}

// pageMetrics are what is counted of pages.
type pageMetrics struct {
	seconds  *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
}

func newPageMetrics() pageMetrics {
	return pageMetrics{
		prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "spinoff_page_duration_seconds", Help: "How long pages took, without those that stream.", Buckets: bounds(),
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
		}, []string{"app", "status", "placement"}),
		prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "spinoff_pages_in_flight", Help: "Pages that are being answered, with those that stream.",
		}, []string{"app"}),
	}
}

// withMetrics answers /metrics, for whom it is for. It comes before anything that asks for the name of the host: a program that scrapes uses an address.
func (p *Process) withMetrics(next http.Handler) http.Handler {
	registry := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "spinoff_build_info", Help: "1, with the version of the program.", ConstLabels: prometheus.Labels{"version": Version(), "go": runtime.Version()},
	})
	build.Set(1)
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build,
		p.pages.seconds, p.pages.inFlight, measures{p})
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true, MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError,
		ErrorLog: slog.NewLogLogger(p.options.Log.Handler(), slog.LevelError),
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" || r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		if refused := p.mayMeasure(r); refused != nil {
			refused.RequestID = call.RequestID(r)
			if refused.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", "Bearer")
			}
			call.WriteProblem(w, refused)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		metrics.ServeHTTP(w, r)
	})
}

// mayMeasure returns nil for programs on this machine that ask it by its own name, and for those that send the key in SPINOFF_METRICS_KEY.
func (p *Process) mayMeasure(r *http.Request) *spinoff.Error {
	sent, hasKey := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	key := p.options.Environ("SPINOFF_METRICS_KEY")
	passedOn := cmp.Or(r.Header.Get("Forwarded"), r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Host")) != ""
	switch {
	case hasKey && key != "" && sameText(sent, key):
		return nil
	case hasKey:
		return spinoff.ErrUnauthenticated.With("the bearer token is not what SPINOFF_METRICS_KEY of this process says")
	case isLoopback(hostname(r.RemoteAddr)) && isLoopback(hostname(r.Host)) && !passedOn:
		return nil
	}
	return spinoff.ErrForbidden.With("metrics are for programs on this machine, and for those that send the value of SPINOFF_METRICS_KEY as a bearer token")
}

// sameText compares two texts in a time that tells nothing about them.
func sameText(a, b string) bool {
	hashA, hashB := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(hashA[:], hashB[:]) == 1
}
