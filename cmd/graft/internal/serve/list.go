package serve

import (
	"net/http"
	"time"
)

// A ModelState is what is told of a model: to people, and to clients by
// /v2/models. Its fields are kept stable.
type ModelState struct {
	Name        string    `json:"name"`
	Version     string    `json:"version"` // how the fingerprint begins; "" while it is not loaded
	State       string    `json:"state"`   // READY, or UNAVAILABLE while it is not loaded
	Reason      string    `json:"reason"`  // what is not as it should be; "" if all is
	Fingerprint string    `json:"fingerprint"`
	Loaded      time.Time `json:"loaded"`
	Labels      []string  `json:"labels"`
	Features    int       `json:"features"` // values that /features gives; 0 for none
	Crop        int       `json:"crop"`     // side of what the trunk sees, pixels
	Notes       []string  `json:"notes"`    // what users should know of the trunk
}

// Models tells of the models, in the order of the options.
func (s *Server) Models() []ModelState {
	list := make([]ModelState, len(s.entries))
	for i, e := range s.entries {
		list[i] = e.state()
	}
	return list
}

func (e *entry) state() ModelState {
	v := ModelState{Name: e.name, State: "UNAVAILABLE", Labels: []string{}, Notes: []string{}}
	e.mu.Lock()
	m, failed, tried := e.current, e.failed, e.tried
	e.mu.Unlock()
	if failed != nil {
		v.Reason = "the file that was there on " + tried.UTC().Format(time.RFC3339) + " could not be loaded; the log of the service says why"
		if m != nil {
			v.Reason += ". The model from before is in service"
		}
	}
	if m == nil {
		return v
	}
	v.Version, v.State, v.Fingerprint, v.Loaded = m.version, "READY", m.SHA256, m.loaded.UTC()
	v.Labels, v.Features, v.Crop = m.Labels, m.Dim(), m.Transform.Crop
	v.Notes = append(v.Notes, m.network.started.Warnings...)
	return v
}

// models answers GET /v2/models.
func (s *Server) models(w http.ResponseWriter, _ *http.Request) error {
	s.writeJSON(w, http.StatusOK, map[string][]ModelState{"models": s.Models()})
	return nil
}
