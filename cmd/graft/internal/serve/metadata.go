package serve

import (
	"net/http"

	"graft/cmd/graft/internal/serve/oip"
	"graft/cmd/graft/internal/serve/reply"
	"graft/cmd/graft/internal/web"
	"graft/onnx"
)

// Names of the tensors of the protocol.
const (
	inputImage  = "image"     // BYTES n or n×1: encoded files
	inputPixels = onnx.Pixels // UINT8 n×crop×crop×3: crops that are ready
	outputP     = onnx.Probabilities
	outputLabel = "label"
	outputRow   = onnx.Features
)

// about answers GET /v2.
func (c *core) about(w http.ResponseWriter, _ *http.Request) error {
	c.answers.JSON(w, http.StatusOK, struct {
		Name       string   `json:"name"`
		Version    string   `json:"version"`
		Extensions []string `json:"extensions"`
	}{"graft", c.options.Version, oip.Extensions})
	return nil
}

// versioned finds the model of a path of the protocol, in the version that the
// path names, if it does, and holds it.
func (c *core) versioned(r *http.Request) (*model, error) {
	m, err := c.model(r.PathValue("model"))
	if err != nil {
		return nil, err
	}
	seen(r).model = m.name
	if v := r.PathValue("version"); v != "" && v != m.version && v != m.SHA256 {
		m.release()
		return nil, web.Refuse(http.StatusNotFound, "version %.64q of model %q is not in service", v, m.name)
	}
	return m, nil
}

// metadata answers GET /v2/models/NAME.
func (c *core) metadata(w http.ResponseWriter, r *http.Request) error {
	m, err := c.versioned(r)
	if err != nil {
		return err
	}
	defer m.release()
	outputs := []oip.Metadata{
		{Name: outputP, Datatype: oip.FP64, Shape: []int{-1, len(m.Labels)}},
		{Name: outputLabel, Datatype: oip.Bytes, Shape: []int{-1}},
	}
	if m.Dim() > 0 {
		outputs = append(outputs, oip.Metadata{Name: outputRow, Datatype: oip.FP32, Shape: []int{-1, m.Dim()}})
	}
	c.answers.JSON(w, http.StatusOK, struct {
		Name     string         `json:"name"`
		Versions []string       `json:"versions"`
		Platform string         `json:"platform"`
		Inputs   []oip.Metadata `json:"inputs"`
		Outputs  []oip.Metadata `json:"outputs"`
	}{m.name, []string{m.version}, "graft_onnx", []oip.Metadata{
		{Name: inputImage, Datatype: oip.Bytes, Shape: []int{-1}},
		{Name: inputPixels, Datatype: oip.Uint8, Shape: []int{-1, m.Transform.Height(), m.Transform.Width(), 3}},
	}, outputs})
	return nil
}

// modelReady answers GET /v2/models/NAME/ready.
func (c *core) modelReady(w http.ResponseWriter, r *http.Request) error {
	m, err := c.versioned(r)
	if err != nil {
		return err
	}
	defer m.release()
	c.answers.JSON(w, http.StatusOK, struct {
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
	}{m.name, true})
	return nil
}

// models answers GET /v2/models.
func (c *core) models(w http.ResponseWriter, _ *http.Request) error {
	c.answers.JSON(w, http.StatusOK, map[string][]reply.Model{"models": c.Models()})
	return nil
}
