package serve

import (
	"bytes"
	"net/http"
	"strconv"
)

// classify answers POST /classify and /models/NAME/classify.
func (s *Server) classify(w http.ResponseWriter, r *http.Request) error {
	return s.plain(w, r, wish{labels: true})
}

// features answers POST /features and /models/NAME/features.
func (s *Server) features(w http.ResponseWriter, r *http.Request) error {
	return s.plain(w, r, wish{features: true})
}

// plain answers a request whose body is images.
func (s *Server) plain(w http.ResponseWriter, r *http.Request, want wish) error {
	m, err := s.model(r.PathValue("model"))
	if err != nil {
		return err
	}
	defer m.release()
	seen(r).model = m.name
	if err := want.read(r, m); err != nil {
		return err
	}
	b, err := s.admitBody(w, r)
	if err != nil {
		return err
	}
	defer b.Close()
	pictures, err := s.pictures(b, r)
	if err != nil {
		return err
	}
	outcomes, err := s.do(r.Context(), m, pictures, want.crops)
	if err != nil {
		return err
	}
	s.saw(r, m, outcomes)
	answer := m.answer(outcomes, want)
	for _, said := range answer.Results {
		if said.Label != "" {
			s.metrics.predicted(m, said.Label, said.Probability)
		}
	}
	if want.labels && wantsCSV(r) {
		var table bytes.Buffer
		answer.csv(&table, want.top)
		s.write(w, answer.status(), "text/csv; charset=utf-8", table.Bytes())
		return nil
	}
	s.writeJSON(w, answer.status(), answer)
	return nil
}

// read reads what a query wants of a model.
func (want *wish) read(r *http.Request, m *model) error {
	query := r.URL.Query()
	want.top = 1
	if text := query.Get("top"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return refuse(http.StatusBadRequest, "top is %.20q; it must be a whole number from 1 on", text)
		}
		want.top = min(n, len(m.Labels))
	}
	switch text := query.Get("crop"); text {
	case "", "0":
	case "1":
		want.crops = true
	default:
		return refuse(http.StatusBadRequest, "crop is %.20q; it must be 0 or 1", text)
	}
	if want.features && m.Dim() == 0 {
		return refuse(http.StatusNotFound, "this model gives no features: it was exported without them")
	}
	return nil
}

// drained is how much of an unread body net/http reads by itself to keep the
// connection: refusing without reading saves nothing up to there.
const drained = 256 << 10

// admitBody begins to read a body, unless there would be no turn for it and to read
// it would be in vain: it is large, or no image can be known already.
func (s *Server) admitBody(w http.ResponseWriter, r *http.Request) (*body, error) {
	forgetful := s.options.CacheBytes < 0 && s.kept == nil
	if forgetful || r.ContentLength < 0 || r.ContentLength > drained {
		if err := s.flow.check(); err != nil {
			return nil, err
		}
	}
	return s.newBody(w, r)
}
