package serve

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"graft/head/predictions"
)

// An Answer is what /classify and /features say, in JSON. Its fields are kept
// stable.
type Answer struct {
	Model       string       `json:"model"`
	Fingerprint string       `json:"fingerprint"` // SHA-256 of the model's file
	Results     []Result     `json:"results"`     // one an image, in the order of the request
	Times       Milliseconds `json:"milliseconds"`
	Error       string       `json:"error,omitempty"` // if none of the images could be read: why the first could not
}

// A Result is what is said of one image; or Error, and no label.
type Result struct {
	Name        string              `json:"name,omitempty"` // as the client has it
	Label       string              `json:"label,omitempty"`
	Probability float64             `json:"probability,omitempty"` // of the label, 0…1
	Top         []predictions.Score `json:"top,omitempty"`         // as many as were asked for, the most probable first
	Features    []float32           `json:"features,omitempty"`
	Key         string              `json:"key,omitempty"`   // SHA-256 of the file
	Width       int                 `json:"width,omitempty"` // pixels, as stored
	Height      int                 `json:"height,omitempty"`
	Cached      bool                `json:"cached,omitempty"` // the photograph was seen before
	Crop        []byte              `json:"crop,omitempty"`   // a JPEG of what the trunk saw, if that was asked for
	Error       string              `json:"error,omitempty"`
}

// Milliseconds say where the time of a request went, summed over its images.
type Milliseconds struct {
	Queue  float64 `json:"queue"`
	Decode float64 `json:"decode"`
	Trunk  float64 `json:"trunk"`
}

func (s stages) milliseconds() Milliseconds {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return Milliseconds{ms(s.queue), ms(s.decode), ms(s.trunk)}
}

// A wish is what a client wants to know of its images.
type wish struct {
	labels   bool
	features bool
	top      int // labels of each; 1 gives no list
	crops    bool
}

// answer says what became of the pictures of a request.
func (m *model) answer(outcomes []outcome, want wish) *Answer {
	a := &Answer{Model: m.name, Fingerprint: m.SHA256, Results: make([]Result, len(outcomes))}
	var spent stages
	for i := range outcomes {
		a.Results[i] = m.result(&outcomes[i], want)
		spent.add(outcomes[i].spent)
	}
	a.Times = spent.milliseconds()
	if !a.any() {
		a.Error = a.Results[0].Error
	}
	return a
}

// any reports whether there is something to say of any image.
func (a *Answer) any() bool {
	for _, r := range a.Results {
		if r.Error == "" {
			return true
		}
	}
	return len(a.Results) == 0
}

// result says what became of one picture.
func (m *model) result(o *outcome, want wish) Result {
	r := Result{Name: o.name, Width: o.info.Width, Height: o.info.Height, Cached: o.cached}
	if !isZero(o.key) {
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

func isZero(key [32]byte) bool { return key == [32]byte{} }

// probabilities are those of the labels.
func (m *model) probabilities(row []float32) []float64 {
	p := make([]float64, len(m.Labels))
	m.Predict(row, p)
	return p
}

// jpegOf encodes side×side×3 bytes of RGB.
func jpegOf(rgb []byte, side int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		copy(m.Pix[4*i:], rgb[3*i:3*i+3])
		m.Pix[4*i+3] = 0xff
	}
	var b bytes.Buffer
	jpeg.Encode(&b, m, &jpeg.Options{Quality: 85}) // into memory: there is no error
	return b.Bytes()
}

// status is 200 unless none of the images could be read.
func (a *Answer) status() int {
	if a.Error != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// csv writes the answer as a table:
//
//	name,label,probability[,label2,probability2…],key,width,height,fingerprint,error
//
// with top columns of labels. Numbers are as in JSON.
func (a *Answer) csv(w io.Writer, top int) {
	t := csv.NewWriter(w)
	head := []string{"name", "label", "probability"}
	for i := 2; i <= top; i++ {
		head = append(head, fmt.Sprintf("label%d", i), fmt.Sprintf("probability%d", i))
	}
	t.Write(append(head, "key", "width", "height", "fingerprint", "error"))
	for _, r := range a.Results {
		line := append([]string{r.Name}, r.scores(top)...)
		t.Write(append(line, r.Key, strconv.Itoa(r.Width), strconv.Itoa(r.Height), a.Fingerprint, r.Error))
	}
	t.Flush()
}

// scores are the cells of the labels.
func (r Result) scores(top int) []string {
	cells := make([]string, 2*max(top, 1))
	list := r.Top
	if list == nil && r.Error == "" {
		list = []predictions.Score{{Label: r.Label, Probability: r.Probability}}
	}
	for i, s := range list {
		cells[2*i], cells[2*i+1] = s.Label, strconv.FormatFloat(s.Probability, 'g', -1, 64)
	}
	return cells
}

// write sends a body of a known kind, in the time that there is for it.
func (s *Server) write(w http.ResponseWriter, status int, kind string, body []byte) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.options.Limits.WriteTime))
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // a client that is gone needs no error
}

// writeJSON sends a value.
func (s *Server) writeJSON(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		s.log.Error("encode an answer", "error", err)
		status = http.StatusInternalServerError
		b.Reset()
		fmt.Fprintf(&b, `{"error":%q}`, errInternal)
	}
	s.write(w, status, "application/json", b.Bytes())
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
