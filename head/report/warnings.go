package report

import (
	"fmt"
	"slices"
	"strings"

	"graft/head"
	"graft/head/metrics"
)

const (
	fewImages     = 10   // of a class: its recall is known to ±30 % at best
	imbalance     = 3    // times as many images in the largest class as in the smallest
	poorECE       = 0.05 // expected calibration error that is worth a warning
	warnedClasses = 8    // named in a warning
)

// warnings are the reasons for which the figures may not mean what they seem to.
func (p *Page) warnings(r *metrics.Report) []string {
	var list []string
	add := func(format string, a ...any) { list = append(list, fmt.Sprintf(format, a...)) }
	if p.Untrained {
		add("The trunk is untrained: its weights are random. Everything below shows that the tool works, not what the photographs allow.")
	}
	if p.Leaked == r.Total {
		add("The head was trained on all of these images, so the accuracy says little about new ones.")
	} else if p.Leaked > 0 {
		add("The head was trained on %d of these %d images (same content), so the accuracy is too good.", p.Leaked, r.Total)
	}
	list = append(list, p.Warnings...)
	list = append(list, classWarnings(r)...)
	list = append(list, balanceWarnings(p, r)...)
	if text := calibrationWarning(p, r); text != "" {
		list = append(list, text)
	}
	for i, text := range list {
		list[i] = plain(text)
	}
	return list
}

// classWarnings are about classes that cannot be judged, or are never predicted.
func classWarnings(r *metrics.Report) []string {
	var none, few, never, list []string
	for _, c := range r.Classes {
		switch {
		case c.Support == 0:
			none = append(none, c.Label)
		case c.Support < fewImages:
			few = append(few, fmt.Sprintf("%s (%d)", c.Label, c.Support))
		}
		if c.Predicted == 0 && c.Support > 0 {
			never = append(never, c.Label)
		}
	}
	add := func(text string, labels []string) {
		if len(labels) > 0 {
			list = append(list, text+" "+some(labels)+".")
		}
	}
	add("Classes without an image here, of which nothing is known:", none)
	add(fmt.Sprintf("Classes with fewer than %d images here, whose figures are mostly chance:", fewImages), few)
	add("Classes that are never predicted:", never)
	return list
}

// balanceWarnings are about classes of unequal size, in training and here.
func balanceWarnings(p *Page, r *metrics.Report) []string {
	var list []string
	if p.Record != nil && len(p.Record.Counts) > 1 {
		byRows := func(a, b head.ClassCount) int { return a.Rows - b.Rows }
		least, most := slices.MinFunc(p.Record.Counts, byRows), slices.MaxFunc(p.Record.Counts, byRows)
		if most.Rows >= imbalance*least.Rows {
			list = append(list, fmt.Sprintf("The training images are unbalanced: %d of %s, %d of %s. Look at the balanced accuracy; class weights may help.", most.Rows, most.Label, least.Rows, least.Label))
		}
	}
	share, label := largestClass(r)
	if r.Interval.Low <= share {
		list = append(list, fmt.Sprintf("Always predicting %q would be right in %s, which the interval of the accuracy does not exclude: the head may have learnt nothing.", label, percent(share)))
	}
	return list
}

// largestClass is the most frequent class and the accuracy of always predicting it.
func largestClass(r *metrics.Report) (share float64, label string) {
	for _, c := range r.Classes {
		if s := float64(c.Support) / float64(r.Total); s > share {
			share, label = s, c.Label
		}
	}
	return share, label
}

// calibrationWarning compares the mean confidence with the accuracy. Chance alone
// makes the calibration error of few images large, so the mean confidence must
// also lie outside the interval of the accuracy; "" if all is well.
func calibrationWarning(p *Page, r *metrics.Report) string {
	sure := 0.0
	for i, k := range p.predicted() {
		sure += p.row(i)[k] / float64(r.Total)
	}
	if r.ECE < poorECE || sure >= r.Interval.Low && sure <= r.Interval.High {
		return ""
	}
	way := "overconfident"
	if sure < r.Accuracy {
		way = "too modest"
	}
	return fmt.Sprintf("The head is %s: %s sure on average, right in %s. Calibration makes probabilities mean what they say.", way, percent(sure), percent(r.Accuracy))
}

// some lists the first few labels.
func some(labels []string) string {
	if len(labels) > warnedClasses {
		return fmt.Sprintf("%s and %d more", strings.Join(labels[:warnedClasses], ", "), len(labels)-warnedClasses)
	}
	return strings.Join(labels, ", ")
}
