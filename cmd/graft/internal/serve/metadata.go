package serve

import (
	"net/http"

	"graft/cmd/graft/internal/serve/oip"
)

// about answers GET /v2.
func (s *Server) about(w http.ResponseWriter, _ *http.Request) error {
	s.writeJSON(w, http.StatusOK, struct {
		Name       string   `json:"name"`
		Version    string   `json:"version"`
		Extensions []string `json:"extensions"`
	}{"graft", s.options.Version, oip.Extensions})
	return nil
}

// versioned finds the model of a path of the protocol, in the version that the
// path names, if it does, and holds it.
func (s *Server) versioned(r *http.Request) (*model, error) {
	m, err := s.model(r.PathValue("model"))
	if err != nil {
		return nil, err
	}
	seen(r).model = m.name
	if v := r.PathValue("version"); v != "" && v != m.version && v != m.SHA256 {
		m.release()
		return nil, refuse(http.StatusNotFound, "version %.64q of model %q is not in service", v, m.name)
	}
	return m, nil
}

// metadata answers GET /v2/models/NAME.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) error {
	m, err := s.versioned(r)
	if err != nil {
		return err
	}
	defer m.release()
	side := m.Transform.Crop
	outputs := []oip.Metadata{
		{Name: outputP, Datatype: oip.FP64, Shape: []int{-1, len(m.Labels)}},
		{Name: outputLabel, Datatype: oip.Bytes, Shape: []int{-1}},
	}
	if m.Dim() > 0 {
		outputs = append(outputs, oip.Metadata{Name: outputRow, Datatype: oip.FP32, Shape: []int{-1, m.Dim()}})
	}
	s.writeJSON(w, http.StatusOK, struct {
		Name     string         `json:"name"`
		Versions []string       `json:"versions"`
		Platform string         `json:"platform"`
		Inputs   []oip.Metadata `json:"inputs"`
		Outputs  []oip.Metadata `json:"outputs"`
	}{m.name, []string{m.version}, "graft_onnx", []oip.Metadata{
		{Name: inputImage, Datatype: oip.Bytes, Shape: []int{-1}},
		{Name: inputPixels, Datatype: oip.Uint8, Shape: []int{-1, side, side, 3}},
	}, outputs})
	return nil
}

// modelReady answers GET /v2/models/NAME/ready.
func (s *Server) modelReady(w http.ResponseWriter, r *http.Request) error {
	m, err := s.versioned(r)
	if err != nil {
		return err
	}
	defer m.release()
	s.writeJSON(w, http.StatusOK, struct {
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
	}{m.name, true})
	return nil
}
