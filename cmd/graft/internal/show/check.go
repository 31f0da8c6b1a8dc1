package show

import (
	"fmt"
	"io"
	"strings"

	"graft/head/audit"
)

// Check prints a report for people, at most top findings of each kind.
func Check(w io.Writer, r *audit.Report, top int) {
	fmt.Fprintf(w, "%d images, %d readable, %d classes", r.Images, r.Readable, len(r.Classes.Sizes))
	if len(r.Splits) > 0 {
		fmt.Fprintf(w, ", splits %s", strings.Join(r.Splits, ", "))
	}
	fmt.Fprintln(w)
	l := lister{w, top}
	l.unreadable(r)
	l.list("pictures that are not read, by extension", len(r.NotRead), func(i int) string { return fmt.Sprintf("%d %s", r.NotRead[i].Files, r.NotRead[i].Extension) })
	l.duplicates("duplicates across splits: what is tested on was trained on", r.Duplicates, func(g audit.Group) bool { return g.AcrossSplits })
	l.duplicates("duplicates under two labels", r.Duplicates, func(g audit.Group) bool { return g.AcrossLabels })
	l.duplicates("duplicates within a split", r.Duplicates, func(g audit.Group) bool { return !g.AcrossSplits && !g.AcrossLabels })
	l.labels(r.Labels)
	l.pictures(r)
	l.classes(r.Classes)
	for _, note := range r.Notes {
		fmt.Fprintf(w, "\nnote: %s\n", note)
	}
	if r.Findings() == 0 {
		fmt.Fprintln(w, "\nnothing to remark on")
	}
}

// A lister prints kinds of findings, each with a heading and some lines.
type lister struct {
	w   io.Writer
	top int
}

// list prints nothing if there is nothing.
func (l lister) list(heading string, n int, line func(i int) string) {
	if n == 0 {
		return
	}
	fmt.Fprintf(l.w, "\n%s (%d)\n", heading, n)
	for i := range min(n, l.top) {
		fmt.Fprintf(l.w, "  %s\n", line(i))
	}
	if n > l.top {
		fmt.Fprintf(l.w, "  … and %d more; --top %d or --json lists them\n", n-l.top, n)
	}
}

func (l lister) unreadable(r *audit.Report) {
	heading := "unreadable"
	if n := r.Truncated(); n > 0 {
		heading = fmt.Sprintf("unreadable, %d of them truncated", n)
	}
	l.list(heading, len(r.Unreadable), func(i int) string {
		return r.Unreadable[i].Path + ": " + r.Unreadable[i].Reason
	})
}

func (l lister) duplicates(heading string, all []audit.Group, want func(audit.Group) bool) {
	var groups []audit.Group
	for _, g := range all {
		if want(g) {
			groups = append(groups, g)
		}
	}
	l.list(heading, len(groups), func(i int) string {
		g := groups[i]
		line := "exact     "
		if !g.Exact {
			line = fmt.Sprintf("near %.2f ", g.Similarity)
		}
		for _, m := range g.Images {
			line += " " + m.Path
		}
		return line
	})
}

func (l lister) labels(j *audit.Judgement) {
	if j == nil {
		return
	}
	heading := fmt.Sprintf("labels that look wrong, the most likely first; out of fold %.1f %% of %d agree", 100*j.Accuracy, j.Images)
	l.list(heading, len(j.Suspects), func(i int) string {
		s := j.Suspects[i]
		return fmt.Sprintf("%s: labelled %s (probability %.2f), looks like %s (%.2f)", s.Path, s.Label, s.Given, s.Suggested, s.Probability)
	})
}

func (l lister) pictures(r *audit.Report) {
	for _, remarks := range r.PicturesBy() {
		heading := audit.Explain(remarks[0].Problem)
		l.list(heading, len(remarks), func(i int) string { return remarks[i].Path + ": " + remarks[i].Detail })
	}
}

func (l lister) classes(c audit.Classes) {
	l.list("classes", len(c.Remarks), func(i int) string {
		s := c.Remarks[i]
		line := s.Label
		if s.Split != "" {
			line += " in " + s.Split
		}
		if s.Images == 0 {
			return line + ": no images"
		}
		return fmt.Sprintf("%s: %d images, %s", line, s.Images, s.Problem)
	})
	if c.Imbalanced {
		fmt.Fprintf(l.w, "\nimbalanced: the largest class has %.1f times the images of the smallest\n", c.Ratio)
	}
}
