// Package reply is what a service of graft answers, as its clients read it.
package reply

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"

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

// Any reports whether there is something to say of any image.
func (a *Answer) Any() bool {
	for _, r := range a.Results {
		if r.Error == "" {
			return true
		}
	}
	return len(a.Results) == 0
}

// Status is 200 unless none of the images could be read.
func (a *Answer) Status() int {
	if a.Error != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// CSV writes the answer as a table:
//
//	name,label,probability[,label2,probability2…],key,width,height,fingerprint,error
//
// with top columns of labels. Numbers are as in JSON.
func (a *Answer) CSV(w io.Writer, top int) {
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
