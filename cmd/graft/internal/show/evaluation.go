// Package show prints results for people: what a command prints unless it is asked for
// JSON. A function is named after what it shows.
package show

import (
	"fmt"
	"io"

	"graft/cmd/graft/internal/ui"
	"graft/head/metrics"
	"graft/head/train"
)

// maxMatrix is the number of classes up to which the confusion matrix is
// printed; beyond it no terminal is wide enough, and the pairs say more.
const maxMatrix = 20

// Evaluation writes what a person wants to know of a head.
func Evaluation(w io.Writer, e *train.Evaluation) {
	r := e.Report
	fmt.Fprintf(w, "accuracy: %s%s\n", r, LeftOut(e.Data))
	fmt.Fprintf(w, "balanced accuracy %.4f, log loss %.4f, Brier score %.4f, calibration error %.4f\n", r.Balanced, r.LogLoss, r.Brier, r.ECE)
	if c := r.Calibration; c != nil {
		fmt.Fprintf(w, "calibration error before the temperature of %.3f: %.4f\n", c.Temperature, c.ECEBefore)
	}
	for _, top := range r.TopK[1:] {
		fmt.Fprintf(w, "among the %d most probable: %.4f\n", top.K, top.Accuracy)
	}
	fmt.Fprintln(w)
	ui.Table(w, classTable(r))
	if len(r.Classes) <= maxMatrix {
		fmt.Fprintln(w, "\nconfusion matrix: a row is the true class, a column what was predicted")
		ui.Table(w, matrixTable(r))
	}
	if len(r.Confused) > 0 && len(r.Classes) > 2 {
		fmt.Fprintln(w, "\nmost confused")
		for _, c := range r.Confused {
			fmt.Fprintf(w, "%5d × %s taken for %s\n", c.Count, c.True, c.Predicted)
		}
	}
	worst(w, e.Worst)
}

// LeftOut ends the first line of a judgement, if classes were left out; else it is "".
func LeftOut(i train.Images) string {
	if i.LeftOut == nil {
		return ""
	}
	return "; left out: " + i.Unknown()
}

// maxWorst is how many images are listed; --json has more.
const maxWorst = 5

// worst lists the images that surprise the head most.
func worst(w io.Writer, worst []train.WorstFile) {
	fmt.Fprintln(w, "\nthe images with the highest loss")
	table := [][]string{{"image", "class", "predicted", "probability of the class"}}
	for _, i := range worst[:min(maxWorst, len(worst))] {
		table = append(table, []string{i.Path, i.True, i.Predicted, fmt.Sprintf("%.4f", i.Probability)})
	}
	ui.Table(w, table)
}

func classTable(r *metrics.Report) [][]string {
	table := [][]string{{"class", "images", "right", "precision", "recall", "F1", "AUC"}}
	for _, c := range r.Classes {
		table = append(table, []string{c.Label, fmt.Sprint(c.Support), fmt.Sprint(c.Correct),
			fmt.Sprintf("%.4f", c.Precision), fraction(c.Recall), fraction(c.F1), fraction(c.AUC)})
	}
	return table
}

func matrixTable(r *metrics.Report) [][]string {
	header := []string{""}
	for _, c := range r.Classes {
		header = append(header, c.Label)
	}
	table := [][]string{header}
	for i, row := range r.Confusion {
		line := []string{r.Classes[i].Label}
		for _, n := range row {
			line = append(line, fmt.Sprint(n))
		}
		table = append(table, line)
	}
	return table
}

// fraction writes a fraction that the data may leave undefined.
func fraction(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.4f", *v)
}
