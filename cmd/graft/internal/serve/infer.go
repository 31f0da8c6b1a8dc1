package serve

import (
	"errors"
	"net/http"
	"strconv"

	"graft/cmd/graft/internal/serve/intake"
	"graft/cmd/graft/internal/serve/oip"
	"graft/cmd/graft/internal/web"
	"graft/extractor/pixels"
)

// infer answers POST /v2/models/NAME/infer.
func (c *core) infer(w http.ResponseWriter, r *http.Request) error {
	m, err := c.versioned(r)
	if err != nil {
		return err
	}
	defer m.release()
	b, err := c.admitBody(w, r)
	if err != nil {
		return err
	}
	defer b.Close()
	request, err := inference(b, r)
	if err != nil {
		return err
	}
	pictures, err := c.inputs(m, request)
	if err != nil {
		return err
	}
	outputs, err := wanted(m, request)
	if err != nil {
		return err
	}
	outcomes, err := c.do(r.Context(), m, pictures, false)
	if err != nil {
		return err
	}
	c.saw(r, m, outcomes)
	for i, o := range outcomes {
		if o.err != nil {
			return web.Refuse(http.StatusBadRequest, "image %d of input %q: %v", i, inputImage, o.err)
		}
	}
	return c.inferred(w, request, m, outputs, outcomes)
}

// inference reads a request of the protocol.
func inference(b *intake.Body, r *http.Request) (*oip.Request, error) {
	header := -1
	if text := r.Header.Get(oip.Header); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, web.Refuse(http.StatusBadRequest, "%s is %.20q; it must be a whole number from 0 on", oip.Header, text)
		}
		header = n
	}
	body, err := b.All(b, max(r.ContentLength, 0))
	if err != nil {
		return nil, err
	}
	b.Ended()
	inText := len(body)
	if header >= 0 {
		inText = min(header, len(body))
	}
	if err := b.Take(int64(2 * inText)); err != nil { // what is in JSON is in memory a second and a third time
		return nil, err
	}
	request, err := oip.Parse(body, header)
	return request, inferRefusal(err)
}

// inferRefusal is what is wrong with a request, as a client gets it.
func inferRefusal(err error) error {
	var wrong oip.Error
	if errors.As(err, &wrong) {
		return web.Refuse(http.StatusBadRequest, "%s", wrong)
	}
	return err
}

// inputs are the pictures of a request: image or pixels, one of the two.
func (c *core) inputs(m *model, r *oip.Request) ([]intake.Picture, error) {
	in := &r.Inputs[0]
	switch {
	case len(r.Inputs) != 1, in.Name != inputImage && in.Name != inputPixels:
		return nil, web.Refuse(http.StatusBadRequest, "the model takes one input, %q or %q", inputImage, inputPixels)
	case in.Shape[0] > c.options.Limits.Images:
		return nil, c.intake().TooMany()
	case in.Elements == 0:
		return nil, web.Refuse(http.StatusBadRequest, "input %q is empty", in.Name)
	case in.Name == inputImage:
		return imagesOf(in)
	}
	return crops(in, m.Transform)
}

// imagesOf are the files in the input image.
func imagesOf(in *oip.Input) ([]intake.Picture, error) {
	if len(in.Shape) > 2 || in.Elements != in.Shape[0] {
		return nil, web.Refuse(http.StatusBadRequest, "input %q has the shape %v; it should be n or n×1", in.Name, in.Shape)
	}
	files, err := in.Files()
	if err != nil {
		return nil, inferRefusal(err)
	}
	list := make([]intake.Picture, len(files))
	for i, f := range files {
		list[i].File = f
	}
	return list, nil
}

// crops are those in the input pixels, each h×w×3 bytes.
func crops(in *oip.Input, t pixels.Transform) ([]intake.Picture, error) {
	h, w, size := t.Height(), t.Width(), t.Bytes()
	if len(in.Shape) != 4 || in.Shape[1] != h || in.Shape[2] != w || in.Shape[3] != 3 {
		return nil, web.Refuse(http.StatusBadRequest, "input %q has the shape %v; it should be n×%d×%d×3", in.Name, in.Shape, h, w)
	}
	values, err := in.Uint8s()
	if err != nil {
		return nil, inferRefusal(err)
	}
	list := make([]intake.Picture, in.Shape[0])
	for i := range list {
		list[i].Crop = values[i*size : (i+1)*size]
	}
	return list, nil
}

// wanted are the outputs that a request asks for, all if it names none.
func wanted(m *model, r *oip.Request) ([]oip.Wanted, error) {
	if len(r.Outputs) == 0 {
		list := []oip.Wanted{{Name: outputP, Binary: r.Binary}, {Name: outputLabel, Binary: r.Binary}}
		if m.Dim() > 0 {
			list = append(list, oip.Wanted{Name: outputRow, Binary: r.Binary})
		}
		return list, nil
	}
	for _, o := range r.Outputs {
		switch {
		case o.Name != outputP && o.Name != outputLabel && o.Name != outputRow:
			return nil, web.Refuse(http.StatusBadRequest, "the model has no output %.64q", o.Name)
		case o.Name == outputRow && m.Dim() == 0:
			return nil, web.Refuse(http.StatusBadRequest, "this model gives no features: it was exported without them")
		case o.Name != outputP && o.Classification > 0:
			return nil, web.Refuse(http.StatusBadRequest, "output %q has no classes; %q has", o.Name, outputP)
		}
	}
	return r.Outputs, nil
}

// inferred writes the outputs that are wanted of some rows.
func (c *core) inferred(w http.ResponseWriter, request *oip.Request, m *model, outputs []oip.Wanted, outcomes []outcome) error {
	n := len(outcomes)
	p, labels, rows := make([]float64, 0, n*len(m.Labels)), make([]string, 0, n), make([]float32, 0, n*m.Dim())
	for i := range outcomes {
		of := m.probabilities(outcomes[i].row)
		best := argmax(of)
		p, labels, rows = append(p, of...), append(labels, m.Labels[best]), append(rows, m.Features(outcomes[i].row)...)
		c.metrics.predicted(m, m.Labels[best], of[best])
	}
	r := oip.Response{Model: m.name, Version: m.version, ID: request.ID}
	for _, want := range outputs {
		o := oip.Output{Name: want.Name, Binary: want.Binary}
		switch want.Name {
		case outputP:
			o.Floats64, o.Shape = p, []int{n, len(m.Labels)}
			if want.Classification > 0 {
				o.Classify(want.Classification, m.Labels)
			}
		case outputLabel:
			o.Texts, o.Shape = labels, []int{n}
		default:
			o.Floats32, o.Shape = rows, []int{n, m.Dim()}
		}
		r.Outputs = append(r.Outputs, o)
	}
	body, header, err := r.Encode()
	if err != nil {
		return err
	}
	kind := "application/json"
	if header >= 0 {
		kind = "application/octet-stream"
		w.Header().Set(oip.Header, strconv.Itoa(header))
	}
	c.answers.Write(w, http.StatusOK, kind, body)
	return nil
}

// argmax is the index of the largest value, of equals the first.
func argmax(p []float64) int {
	best := 0
	for i, v := range p {
		if v > p[best] {
			best = i
		}
	}
	return best
}
