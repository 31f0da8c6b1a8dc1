package show

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"graft/extractor/pixels"
	"graft/head"
)

// A Described head is what a file of one says of it. It marshals to JSON; the names of
// the fields are kept stable.
type Described struct {
	Labels    []string         `json:"labels"`
	Dim       int              `json:"dim"`
	Trunk     string           `json:"trunk_sha256"`
	Tap       string           `json:"tap"`
	Transform pixels.Transform `json:"transform"`
	Images    int              `json:"training_images_listed"`
	Training  *head.Record     `json:"training"`
}

// Head shows what a head is and how it was trained.
func Head(w io.Writer, d Described) {
	r := d.Training
	fmt.Fprintf(w, "labels     %s\n", strings.Join(d.Labels, ", "))
	fmt.Fprintf(w, "input      %d features, %s of the trunk with SHA-256 %.16s…\n", d.Dim, d.Tap, d.Trunk)
	fmt.Fprintf(w, "transform  %s\n", d.Transform)
	var counts []string
	for _, c := range r.Counts {
		counts = append(counts, fmt.Sprintf("%s %d", c.Label, c.Rows))
	}
	fmt.Fprintf(w, "trained on %d images: %s\n", r.Rows, strings.Join(counts, ", "))
	fmt.Fprintf(w, "solver     %s %s\n", r.Solver, settingsText(r))
	if r.C != 0 {
		fmt.Fprintf(w, "C          %g\n", r.C)
	}
	if n := len(r.Epochs); n > 0 {
		last := r.Epochs[n-1]
		fmt.Fprintf(w, "last epoch [%d] loss: %.4f  accuracy: %.2f\n", last.Epoch, last.Loss, last.Accuracy)
	}
	var programs []string
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		programs = append(programs, name+" "+r.Versions[name])
	}
	if len(programs) > 0 {
		fmt.Fprintf(w, "made by    %s\n", strings.Join(programs, ", "))
	}
	if data := r.Fingerprints["data"]; data != "" {
		fmt.Fprintf(w, "data       SHA-256 of keys and labels %.16s…\n", data)
	}
	if k := r.Calibration; k != nil {
		fmt.Fprintf(w, "calibrated temperature %.3f; calibration error %.4f before, %.4f after\n", k.Temperature, k.ECEBefore, k.ECEAfter)
	}
}

// settingsText is the settings of the solver, as JSON.
func settingsText(r *head.Record) string {
	settings := map[string]any{"rmsprop": r.RMSprop, "lbfgs": r.LBFGS, "knn": r.KNN}
	b, err := json.Marshal(settings[r.Solver])
	if err != nil {
		return err.Error()
	}
	return string(b)
}
