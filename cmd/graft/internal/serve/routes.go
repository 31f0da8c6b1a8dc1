package serve

import (
	"net/http"
	"slices"
	"strings"
)

// An answerer answers a request; its error is what is answered instead.
type answerer func(w http.ResponseWriter, r *http.Request) error

// routes is all that the service answers.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, route := range []struct {
		endpoint string // in metrics and log
		method   string
		paths    []string
		answer   answerer
	}{
		{"live", "GET", []string{"/v2/health/live"}, s.live},
		{"ready", "GET", []string{"/v2/health/ready"}, s.readiness},
		{"about", "GET", []string{"/v2", "/v2/{$}"}, s.about},
		{"models", "GET", []string{"/v2/models"}, s.models},
		{"metadata", "GET", versions("/v2/models/{model}"), s.metadata},
		{"modelready", "GET", versions("/v2/models/{model}", "/ready"), s.modelReady},
		{"infer", "POST", versions("/v2/models/{model}", "/infer"), s.infer},
		{"classify", "POST", []string{"/classify", "/models/{model}/classify"}, s.classify},
		{"features", "POST", []string{"/features", "/models/{model}/features"}, s.features},
	} {
		for _, path := range route.paths {
			mux.Handle(path, s.route(route.endpoint, route.method, route.answer))
		}
	}
	mux.Handle("/", s.route("other", "", func(http.ResponseWriter, *http.Request) error {
		return refuse(http.StatusNotFound, "there is nothing here")
	}))
	return s.observed(s.timed(mux))
}

// versions are a model's path with and without a version.
func versions(path string, end ...string) []string {
	after := strings.Join(end, "")
	return []string{path + after, path + "/versions/{version}" + after}
}

// route is an endpoint: one method, and errors as JSON.
func (s *Server) route(endpoint, method string, answer answerer) http.Handler {
	allowed := []string{method}
	if method == "GET" {
		allowed = append(allowed, "HEAD")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen(r).endpoint = endpoint
		var err error
		if method == "" || slices.Contains(allowed, r.Method) {
			err = answer(w, r)
		} else {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			err = refuse(http.StatusMethodNotAllowed, "%s is not for this path; it takes %s", r.Method[:min(len(r.Method), 20)], allowed[0])
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
