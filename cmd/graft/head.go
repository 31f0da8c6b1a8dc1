package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/pixels"
	"graft/head"
	"graft/head/classify"
)

func headCommand() *cli.Command {
	return &cli.Command{
		Name:        "head",
		Usage:       "look into heads",
		Description: "Example: graft head info head.onnx",
		Action:      groupAction,
		Subcommands: []*cli.Command{{
			Name: "info", Usage: "show what a head is and how it was trained", ArgsUsage: "HEAD",
			Description: "With --json one object: labels, dim, trunk_sha256, tap, transform, training_images_listed and\n" +
				"training, the record: solver with its settings, rows, counts, epochs (the curve), rates or\n" +
				"sweep, calibration, versions, fingerprints of trunk and data.\n\n" +
				"Example: graft head info head.onnx",
			Flags:  []cli.Flag{jsonFlag()},
			Action: action(infoOptions("HEAD"), runHeadInfo),
		}},
	}
}

// headDescription is what head info prints.
type headDescription struct {
	Labels    []string         `json:"labels"`
	Dim       int              `json:"dim"`
	Trunk     string           `json:"trunk_sha256"`
	Tap       string           `json:"tap"`
	Transform pixels.Transform `json:"transform"`
	Images    int              `json:"training_images_listed"`
	Training  *head.Record     `json:"training"`
}

func runHeadInfo(_ context.Context, t ui.Terminal, o infoOf) error {
	h, err := classify.ReadHead(o.path)
	if err != nil {
		return err
	}
	id := h.Identity
	d := headDescription{
		Labels: h.Classes(), Dim: h.Width(), Trunk: id.Trunk, Tap: id.Tap, Transform: id.Transform,
		Images: len(h.TrainedOn), Training: h.Training,
	}
	if o.asJSON {
		return t.JSON(d)
	}
	printHead(t.Out, d)
	return nil
}

func printHead(w io.Writer, d headDescription) {
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
