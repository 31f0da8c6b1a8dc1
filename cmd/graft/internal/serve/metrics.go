package serve

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what a service tells Prometheus.
type metrics struct {
	registry    *prometheus.Registry
	handler     http.Handler
	requests    *prometheus.CounterVec   // endpoint, model, code
	seconds     *prometheus.HistogramVec // endpoint
	images      *prometheus.CounterVec   // model, outcome
	stages      *prometheus.HistogramVec // stage
	batches     prometheus.Histogram
	reloads     *prometheus.CounterVec // model, outcome
	failing     *prometheus.GaugeVec   // model
	inService   *prometheus.GaugeVec   // model, fingerprint, trunk
	predictions *prometheus.CounterVec // model, label
	top         *prometheus.HistogramVec
	refusedConn prometheus.Counter
}

// maxLabelSeries is how many classes a model may have for its predictions to be
// counted by class: each is a series of its own.
const maxLabelSeries = 1000

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "graft_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "graft_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "graft_" + name, Help: help, Buckets: buckets}, labels)
	}
	fast := prometheus.ExponentialBuckets(0.0005, 2, 16) // 0.5 ms to 16 s
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		requests:    counter("requests_total", "Requests answered, by status code; 499 is a client that went away.", "endpoint", "model", "code"),
		seconds:     histogram("request_seconds", "Seconds from a request's header to the end of its answer.", fast, "endpoint"),
		images:      counter("images_total", "Images answered: ok, cached for those that were seen before, or error for those that could not be read.", "model", "outcome"),
		stages:      histogram("stage_seconds", "Seconds of an image in the queue, in decoding and in the trunk.", fast, "stage"),
		batches:     prometheus.NewHistogram(prometheus.HistogramOpts{Name: "graft_batch_images", Help: "Images in a batch of an accelerator.", Buckets: prometheus.ExponentialBuckets(1, 2, 9)}),
		reloads:     counter("reloads_total", "Reloads: ok, unchanged or failed.", "model", "outcome"),
		failing:     gauge("reload_failed", "1 if the file could not be loaded last time and an older model is in service.", "model"),
		inService:   gauge("model_info", "The models in service.", "model", "fingerprint", "trunk"),
		predictions: counter("predictions_total", "Images by the label they were given, of models of up to 1000 classes.", "model", "label"),
		top:         histogram("top_probability", "Probability of the label that was given; sum over count is its mean.", prometheus.LinearBuckets(0.1, 0.1, 9), "model"),
		refusedConn: prometheus.NewCounter(prometheus.CounterOpts{Name: "graft_connections_refused_total", Help: "Connections over the limit, closed at once."}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.images, m.stages, m.batches, m.reloads, m.failing, m.inService, m.predictions, m.top, m.refusedConn)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
	return m
}

// number registers what is asked for when it is read.
func (m *metrics) number(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "graft_" + name, Help: help}, value))
}

// request counts a request.
func (m *metrics) request(endpoint, model string, status int, took time.Duration) {
	m.requests.WithLabelValues(endpoint, model, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(endpoint).Observe(took.Seconds())
}

// image counts what became of an image of a model, and where its time went.
func (m *metrics) image(model, outcome string, spent stages) {
	m.images.WithLabelValues(model, outcome).Inc()
	for stage, d := range map[string]time.Duration{"queue": spent.queue, "decode": spent.decode, "trunk": spent.trunk} {
		if d > 0 {
			m.stages.WithLabelValues(stage).Observe(d.Seconds())
		}
	}
}

// predicted counts what was said of an image.
func (m *metrics) predicted(of *model, label string, probability float64) {
	if len(of.Labels) <= maxLabelSeries {
		m.predictions.WithLabelValues(of.name, label).Inc()
	}
	m.top.WithLabelValues(of.name).Observe(probability)
}

// entered says that a model is in service.
func (m *metrics) entered(of *model) {
	m.failing.WithLabelValues(of.name).Set(0)
	m.inService.WithLabelValues(of.name, of.SHA256, of.Network.SHA256).Set(1)
}

// left says that a model is no longer in service; nil for none.
func (m *metrics) left(of *model) {
	if of == nil {
		return
	}
	m.inService.DeleteLabelValues(of.name, of.SHA256, of.Network.SHA256)
	m.predictions.DeletePartialMatch(prometheus.Labels{"model": of.name})
}

// reloaded says how a reload ended.
func (m *metrics) reloaded(name, outcome string) {
	m.reloads.WithLabelValues(name, outcome).Inc()
	failing := 0.0
	if outcome == "failed" {
		failing = 1
	}
	m.failing.WithLabelValues(name).Set(failing)
}
