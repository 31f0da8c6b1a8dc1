package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"graft/extractor"
)

// A count is where a long piece of work stands.
type count struct {
	done, total int64  // total is 0 while nobody knows it
	note        string // shown behind: the rate, the time left, failures
}

// showProgress shows how a long piece of work gets on until the returned
// function is called: a bar on a terminal, elsewhere a line every ten per cent.
// Nothing is shown of what takes less than half a second.
func showProgress(w io.Writer, name string, now func() count) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-ctx.Done():
			return
		case <-time.After(500 * time.Millisecond):
		}
		if isTerminal(w) {
			showBar(ctx, w, name, now)
		} else {
			showLines(ctx, w, name, now)
		}
	}()
	return func() { cancel(); <-stopped }
}

func showBar(ctx context.Context, w io.Writer, name string, now func() count) {
	bars := mpb.New(mpb.WithOutput(w), mpb.WithWidth(100), mpb.WithRefreshRate(120*time.Millisecond))
	bar := newBar(bars, name, now)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			bar.Abort(true)
			bars.Wait()
			return
		case <-tick.C:
			c := now()
			bar.SetTotal(c.total, false)
			bar.SetCurrent(c.done)
		}
	}
}

// newBar has no bar between its numbers where the total is not known.
func newBar(bars *mpb.Progress, name string, now func() count) *mpb.Bar {
	style, counters := mpb.BarFillerBuilder(mpb.NopStyle()), decor.CurrentNoUnit("%d")
	if now().total > 0 {
		style = mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]")
		counters = decor.CountersNoUnit("%d/%d ")
	}
	note := func(decor.Statistics) string { return " " + now().note }
	return bars.New(now().total, style, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name+" "), counters),
		mpb.AppendDecorators(decor.Any(note)))
}

// showLines writes a line every ten per cent, or, of an unknown total, every
// ten seconds.
func showLines(ctx context.Context, w io.Writer, name string, now func() count) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	tenths, next := int64(0), time.Now().Add(10*time.Second)
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-tick.C:
			c := now()
			switch {
			case c.total > 0 && c.done*10/c.total > tenths:
				tenths = c.done * 10 / c.total
				say(w, "%s %d/%d (%d %%) %s", name, c.done, c.total, c.done*100/c.total, c.note)
			case c.total == 0 && c.done > 0 && t.After(next):
				next = t.Add(10 * time.Second)
				say(w, "%s %d %s", name, c.done, c.note)
			}
		}
	}
}

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

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
