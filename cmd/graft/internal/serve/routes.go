package serve

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// An answerer answers a request; its error is what is answered instead.
type answerer func(w http.ResponseWriter, r *http.Request) error

// routes is all that the service answers.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, route := range s.table() {
		for _, path := range route.paths {
			mux.Handle(path, s.route(route))
		}
	}
	return s.observed(s.shared(s.timed(mux)))
}

// A route is an endpoint: one method, and errors as JSON.
type route struct {
	endpoint string // in metrics and log
	method   string // "": any
	paths    []string
	answer   answerer
	open     bool // it needs no token: probes, and the page that asks for it
}

// table is all endpoints.
func (s *Server) table() []route {
	table := []route{
		{"live", "GET", []string{"/v2/health/live"}, s.live, true},
		{"ready", "GET", []string{"/v2/health/ready"}, s.readiness, true},
		{"page", "GET", []string{"/{$}"}, s.show, true},
		{"about", "GET", []string{"/v2", "/v2/{$}"}, s.about, false},
		{"models", "GET", []string{"/v2/models"}, s.models, false},
		{"metadata", "GET", versions("/v2/models/{model}"), s.metadata, false},
		{"modelready", "GET", versions("/v2/models/{model}", "/ready"), s.modelReady, false},
		{"infer", "POST", versions("/v2/models/{model}", "/infer"), s.infer, false},
		{"classify", "POST", []string{"/classify", "/models/{model}/classify"}, s.classify, false},
		{"features", "POST", []string{"/features", "/models/{model}/features"}, s.features, false},
		{"other", "", []string{"/"}, func(http.ResponseWriter, *http.Request) error {
			return refuse(http.StatusNotFound, "there is nothing here")
		}, false},
	}
	if s.options.Metrics == nil {
		table = append(table, route{"metrics", "GET", []string{"/metrics"}, s.tell, false})
	}
	return table
}

// tell shows the metrics.
func (s *Server) tell(w http.ResponseWriter, r *http.Request) error {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.options.Limits.WriteTime))
	s.metrics.handler.ServeHTTP(w, r)
	return nil
}

// versions are a model's path with and without a version.
func versions(path string, end ...string) []string {
	after := strings.Join(end, "")
	return []string{path + after, path + "/versions/{version}" + after}
}

// route answers what an endpoint is asked, by the method that it has.
func (s *Server) route(of route) http.Handler {
	allowed := []string{of.method}
	if of.method == "GET" {
		allowed = append(allowed, "HEAD")
	}
	answer := s.guarded(of.open, of.answer)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen(r).endpoint = of.endpoint
		var err error
		if of.method == "" || slices.Contains(allowed, r.Method) {
			err = answer(w, r)
		} else {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			err = refuse(http.StatusMethodNotAllowed, "%s is not for this path; it takes %s", clipped(r.Method), of.method)
		}
		if err != nil {
			s.refused(w, r, err)
		}
	})
}

// live answers as long as the process does.
func (s *Server) live(w http.ResponseWriter, _ *http.Request) error {
	s.writeJSON(w, http.StatusOK, map[string]bool{"live": true})
	return nil
}

// readiness says whether requests are worth while: models are loaded and have run
// once, and the service is not about to stop.
func (s *Server) readiness(w http.ResponseWriter, _ *http.Request) error {
	status := http.StatusOK
	if !s.Ready() {
		status = http.StatusServiceUnavailable
	}
	s.writeJSON(w, status, map[string]bool{"ready": s.Ready()})
	return nil
}
