package main

import (
	"fmt"
	"strings"
	"time"

	"graft/extractor"
)

// extractionCount adapts the progress of an extractor to showProgress.
func extractionCount(p *extractor.Progress) func() count {
	return func() count { return countOf(p, p.Total.Load()) }
}

// partsCount is extractionCount for runs over the parts of a whole, of total
// images; 0 means that nobody knows how many.
func partsCount(p *extractor.Progress, total int) func() count {
	return func() count { return countOf(p, int64(total)) }
}

func countOf(p *extractor.Progress, total int64) count {
	c := count{done: p.Done.Load(), total: total}
	var notes []string
	elapsed := p.Times().Elapsed.Seconds()
	if computed := c.done - p.Cached.Load(); computed > 0 && elapsed > 0 {
		notes = append(notes, fmt.Sprintf("%.1f/s", float64(computed)/elapsed))
		if total > c.done {
			left := float64(total-c.done) / (float64(c.done) / elapsed)
			notes = append(notes, clock(time.Duration(left*float64(time.Second)))+" left")
		}
	}
	if failed := p.Failed.Load(); failed > 0 {
		notes = append(notes, fmt.Sprintf("%d failed", failed))
	}
	c.note = strings.Join(notes, ", ")
	return c
}

// clock writes a duration as 0:07, 12:34 or 1:02:03.
func clock(d time.Duration) string {
	s := int(d.Seconds() + 0.5)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
