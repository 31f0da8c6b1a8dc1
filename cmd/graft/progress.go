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
	done, total int64
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
	note := func(decor.Statistics) string { return " " + now().note }
	bar := bars.New(now().total, mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]"),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name+" "), decor.CountersNoUnit("%d/%d ")),
		mpb.AppendDecorators(decor.Any(note)))
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

func showLines(ctx context.Context, w io.Writer, name string, now func() count) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	tenths := int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c := now()
			if c.total > 0 && c.done*10/c.total > tenths {
				tenths = c.done * 10 / c.total
				say(w, "%s %d/%d (%d %%) %s", name, c.done, c.total, c.done*100/c.total, c.note)
			}
		}
	}
}

// extractionCount adapts the progress of an extractor to showProgress.
func extractionCount(p *extractor.Progress) func() count {
	return func() count {
		c := count{done: p.Done.Load(), total: p.Total.Load()}
		var notes []string
		elapsed := p.Times().Elapsed.Seconds()
		if computed := c.done - p.Cached.Load(); computed > 0 && elapsed > 0 {
			rate := float64(computed) / elapsed
			notes = append(notes, fmt.Sprintf("%.1f/s", rate))
			if left := float64(c.total-c.done) / (float64(c.done) / elapsed); left > 0 {
				notes = append(notes, clock(time.Duration(left*float64(time.Second)))+" left")
			}
		}
		if failed := p.Failed.Load(); failed > 0 {
			notes = append(notes, fmt.Sprintf("%d failed", failed))
		}
		c.note = strings.Join(notes, ", ")
		return c
	}
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
