package serve

import (
	_ "embed" // the page and what goes into it
	"net/http"
	"strings"

	"graft/cmd/graft/internal/web"
)

// routes are all endpoints.
func (c *core) routes() []web.Route {
	routes := []web.Route{
		{Endpoint: "live", Method: "GET", Paths: []string{"/v2/health/live"}, Answer: c.live, Open: true, Quiet: true},
		{Endpoint: "ready", Method: "GET", Paths: []string{"/v2/health/ready"}, Answer: c.readiness, Open: true, Quiet: true},
		{Endpoint: "page", Method: "GET", Paths: []string{"/{$}"}, Answer: c.page(), Open: true},
		{Endpoint: "about", Method: "GET", Paths: []string{"/v2", "/v2/{$}"}, Answer: c.about},
		{Endpoint: "models", Method: "GET", Paths: []string{"/v2/models"}, Answer: c.models},
		{Endpoint: "metadata", Method: "GET", Paths: versions("/v2/models/{model}"), Answer: c.metadata},
		{Endpoint: "modelready", Method: "GET", Paths: versions("/v2/models/{model}", "/ready"), Answer: c.modelReady},
		{Endpoint: "infer", Method: "POST", Paths: versions("/v2/models/{model}", "/infer"), Answer: c.infer},
		{Endpoint: "classify", Method: "POST", Paths: []string{"/classify", "/models/{model}/classify"}, Answer: c.classify},
		{Endpoint: "features", Method: "POST", Paths: []string{"/features", "/models/{model}/features"}, Answer: c.features},
	}
	if c.options.Metrics == nil {
		routes = append(routes, c.metricsRoute())
	}
	return routes
}

// metricsRoute is where the metrics are.
func (c *core) metricsRoute() web.Route {
	return web.Route{Endpoint: "metrics", Method: "GET", Paths: []string{"/metrics"}, Quiet: true, Answer: func(w http.ResponseWriter, r *http.Request) error {
		c.answers.Begin(w)
		c.metrics.handler.ServeHTTP(w, r)
		return nil
	}}
}

// versions are a model's path with and without a version.
func versions(path string, end ...string) []string {
	after := strings.Join(end, "")
	return []string{path + after, path + "/versions/{version}" + after}
}

// live answers as long as the process does.
func (c *core) live(w http.ResponseWriter, _ *http.Request) error {
	c.answers.JSON(w, http.StatusOK, map[string]bool{"live": true})
	return nil
}

// readiness says whether requests are worth while: models are loaded and have run
// once, and the service is not about to stop.
func (c *core) readiness(w http.ResponseWriter, _ *http.Request) error {
	status := http.StatusOK
	if !c.Ready() {
		status = http.StatusServiceUnavailable
	}
	c.answers.JSON(w, status, map[string]bool{"ready": c.Ready()})
	return nil
}

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

// page answers with the page for people. It is the same for everybody: what it
// shows of models it asks the service for.
func (c *core) page() web.Answerer {
	page := web.NewPage(web.Parts{HTML: pageHTML, Style: pageStyle, Script: pageScript, Data: c.options.Version, Allow: []string{"img-src data:"}})
	return func(w http.ResponseWriter, _ *http.Request) error {
		page.Write(c.answers, w)
		return nil
	}
}
