package main

import (
	"fmt"
	"strings"
	"time"

	"graft/extractor"
)

// extractionCount adapts the progress of an extractor to showProgress.
func extractionCount(p *extractor.Progress) func() count {
	return func() count {
		c := count{done: p.Done.Load(), total: p.Total.Load()}
		var notes []string
		if rate := extractionRate(p); rate > 0 {
			notes = append(notes, fmt.Sprintf("%.1f/s", rate))
			seconds := float64(c.total-c.done) / float64(c.done) * p.Times().Elapsed.Seconds()
			if seconds > 0 {
				notes = append(notes, clock(time.Duration(seconds*float64(time.Second)))+" left")
			}
		}
		c.note = strings.Join(appendFailed(notes, p), ", ")
		return c
	}
}

// streamCount is extractionCount where nobody knows how many will come.
func streamCount(p *extractor.Progress) func() count {
	return func() count {
		var notes []string
		if rate := extractionRate(p); rate > 0 {
			notes = append(notes, fmt.Sprintf("%.1f/s", rate))
		}
		return count{done: p.Done.Load(), note: strings.Join(appendFailed(notes, p), ", ")}
	}
}

// extractionRate is how many images a second are computed, 0 while there is
// nothing to tell.
func extractionRate(p *extractor.Progress) float64 {
	computed, elapsed := p.Done.Load()-p.Cached.Load(), p.Times().Elapsed.Seconds()
	if computed <= 0 || elapsed <= 0 {
		return 0
	}
	return float64(computed) / elapsed
}

func appendFailed(notes []string, p *extractor.Progress) []string {
	if failed := p.Failed.Load(); failed > 0 {
		return append(notes, fmt.Sprintf("%d failed", failed))
	}
	return notes
}

// clock writes a duration as 0:07, 12:34 or 1:02:03.
func clock(d time.Duration) string {
	s := int(d.Seconds() + 0.5)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
