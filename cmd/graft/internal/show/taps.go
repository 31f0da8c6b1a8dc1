package show

import (
	"fmt"
	"io"

	"graft/cmd/graft/internal/ui"
	"graft/head/train"
)

// Taps shows how heads on the taps of a trunk do, and which is recommended; l2 is the
// penalty as it was given.
func Taps(w io.Writer, r *train.TapsReport, folds int, l2 string) {
	table := [][]string{{"tap", "d", "bytes", "accuracy", "95 % interval", "time"}}
	for _, tap := range r.Taps {
		table = append(table, []string{tap.Name, fmt.Sprint(tap.Dim), fmt.Sprint(4 * tap.Dim), fmt.Sprintf("%.4f", tap.Accuracy),
			fmt.Sprintf("%.3f–%.3f", tap.Interval.Low, tap.Interval.High), fmt.Sprintf("%.1f s", tap.Seconds)})
	}
	ui.Table(w, table)
	fmt.Fprintf(w, "\n%d-fold cross-validation of logistic regression (C = %s) on %d images of %d classes\n%s\n",
		folds, l2, r.Images, r.Classes, r.Reason)
}
