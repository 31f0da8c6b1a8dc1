package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/vbauerster/cupwriter"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// A console draws bars from the first column on, wherever the cursor is: a
// terminal writes ^C where it stands.
type console struct {
	*cupwriter.Writer
	file *os.File
}

func (c console) Flush(lines int) error {
	if _, err := io.WriteString(c.file, "\r"); err != nil {
		return err
	}
	return c.Writer.Flush(lines)
}

func (p *shownProgress) showBar(ctx context.Context, w *os.File, name string, now func() count) {
	bars := mpb.New(mpb.WithConsoleWriter(console{cupwriter.New(w, false), w}), mpb.WithWidth(100), mpb.WithRefreshRate(120*time.Millisecond))
	bar := newBar(bars, name, now)
	p.writeTo(bars)
	defer bars.Wait()
	defer bar.Abort(true)
	defer p.writeTo(nil)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c := now()
			bar.SetTotal(c.total, false)
			bar.SetCurrent(c.done)
		}
	}
}

func (p *shownProgress) writeTo(bars io.Writer) {
	p.mu.Lock()
	p.bars = bars
	p.mu.Unlock()
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
