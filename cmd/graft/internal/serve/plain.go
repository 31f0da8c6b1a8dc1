package serve

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"graft/cmd/graft/internal/serve/reply"
	"graft/cmd/graft/internal/web"
	"graft/extractor/pixels"
	"graft/head/predictions"
)

// A wish is what a client wants to know of its images.
type wish struct {
	labels   bool
	features bool
	top      int // labels of each; 1 gives no list
	crops    bool
}

// classify answers POST /classify and /models/NAME/classify.
func (c *core) classify(w http.ResponseWriter, r *http.Request) error {
	return c.plain(w, r, wish{labels: true})
}

// features answers POST /features and /models/NAME/features.
func (c *core) features(w http.ResponseWriter, r *http.Request) error {
	return c.plain(w, r, wish{features: true})
}

// plain answers a request whose body is images.
func (c *core) plain(w http.ResponseWriter, r *http.Request, want wish) error {
	m, err := c.model(r.PathValue("model"))
	if err != nil {
		return err
	}
	defer m.release()
	seen(r).model = m.name
	if err := want.read(r, m); err != nil {
		return err
	}
	b, err := c.admitBody(w, r)
	if err != nil {
		return err
	}
	defer b.Close()
	pictures, err := c.intake().Pictures(b)
	if err != nil {
		return err
	}
	outcomes, err := c.do(r.Context(), m, pictures, want.crops)
	if err != nil {
		return err
	}
	c.saw(r, m, outcomes)
	answer := answerOf(m, outcomes, want)
	for _, said := range answer.Results {
		if said.Label != "" {
			c.metrics.predicted(m, said.Label, said.Probability)
		}
	}
	if want.labels && wantsCSV(r) {
		var table bytes.Buffer
		answer.CSV(&table, want.top)
		c.answers.Write(w, answer.Status(), "text/csv; charset=utf-8", table.Bytes())
		return nil
	}
	c.answers.JSON(w, answer.Status(), answer)
	return nil
}

// read reads what a query wants of a model.
func (want *wish) read(r *http.Request, m *model) error {
	query := r.URL.Query()
	want.top = 1
	if text := query.Get("top"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return web.Refuse(http.StatusBadRequest, "top is %.20q; it must be a whole number from 1 on", text)
		}
		want.top = min(n, len(m.Labels))
	}
	switch text := query.Get("crop"); text {
	case "", "0":
	case "1":
		want.crops = true
	default:
		return web.Refuse(http.StatusBadRequest, "crop is %.20q; it must be 0 or 1", text)
	}
	if want.features && m.Dim() == 0 {
		return web.Refuse(http.StatusNotFound, "this model gives no features: it was exported without them")
	}
	return nil
}

// answerOf says what became of the pictures of a request.
func answerOf(m *model, outcomes []outcome, want wish) *reply.Answer {
	a := &reply.Answer{Model: m.name, Fingerprint: m.SHA256, Results: make([]reply.Result, len(outcomes))}
	var spent stages
	for i := range outcomes {
		a.Results[i] = resultOf(m, &outcomes[i], want)
		spent.add(outcomes[i].spent)
	}
	a.Times = spent.milliseconds()
	if !a.Any() {
		a.Error = a.Results[0].Error
	}
	return a
}

// resultOf says what became of one picture.
func resultOf(m *model, o *outcome, want wish) reply.Result {
	r := reply.Result{Name: o.name, Width: o.info.Width, Height: o.info.Height, Cached: o.cached}
	if o.key != (pixels.Key{}) {
		r.Key = o.key.String()
	}
	if o.err != nil {
		r.Error = o.err.Error()
		return r
	}
	if want.labels {
		top := predictions.Top(m.Labels, m.probabilities(o.row), max(want.top, 1))
		r.Label, r.Probability = top[0].Label, top[0].Probability
		if want.top > 1 {
			r.Top = top
		}
	}
	if want.features {
		r.Features = m.Features(o.row)
	}
	r.Crop = o.crop
	return r
}

// wantsCSV reports whether a client would rather have a table than JSON.
func wantsCSV(r *http.Request) bool {
	for kind := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		kind, _, _ = strings.Cut(strings.TrimSpace(kind), ";")
		switch kind {
		case "text/csv":
			return true
		case "application/json", "*/*", "application/*":
			return false
		}
	}
	return false
}
