package ui

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

// showBars draws a bar for the stage that goes on, and a new one for the next,
// and when the total becomes known.
func (p *Progress) showBars(ctx context.Context, w *os.File) {
	bars := mpb.New(mpb.WithConsoleWriter(console{cupwriter.New(w, false), w}), mpb.WithWidth(100), mpb.WithRefreshRate(120*time.Millisecond))
	p.writeAbove(bars)
	defer bars.Wait()
	defer p.writeAbove(nil)
	var bar shownBar
	defer bar.remove()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			p.notes()
			stage, c := p.source.Now()
			if !bar.fits(stage, c) {
				bar.remove()
			}
			if !c.underWay() {
				continue
			}
			if bar.Bar == nil {
				bar = shownBar{p.newBar(bars, stage, c), stage, c.Total > 0}
			}
			bar.SetTotal(c.Total, false)
			bar.SetCurrent(c.Done)
		}
	}
}

// underWay reports whether there is something to show: not before anything is
// known, and not after all is done.
func (c Count) underWay() bool {
	return c.Total == 0 && c.Done > 0 || c.Done < c.Total
}

// A shownBar is the bar of one stage; of nil none is shown.
type shownBar struct {
	*mpb.Bar
	stage string
	known bool // its total
}

// fits reports whether the bar, if there is one, is still that of what goes on.
func (b *shownBar) fits(stage string, c Count) bool {
	return b.Bar == nil || b.stage == stage && b.known == (c.Total > 0) && c.underWay()
}

func (b *shownBar) remove() {
	if b.Bar != nil {
		b.Abort(true)
		b.Bar = nil
	}
}

func (p *Progress) writeAbove(bars io.Writer) {
	p.mu.Lock()
	p.above = bars
	p.mu.Unlock()
}

// newBar has no bar between its numbers where the total is not known.
func (p *Progress) newBar(bars *mpb.Progress, stage string, c Count) *mpb.Bar {
	style, counters := mpb.BarFillerBuilder(mpb.NopStyle()), decor.CurrentNoUnit("%d")
	if c.Total > 0 {
		style = mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]")
		counters = decor.CountersNoUnit("%d/%d ")
	}
	note := func(decor.Statistics) string {
		_, c := p.source.Now()
		return " " + c.Note
	}
	return bars.New(c.Total, style, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(stage+" "), counters),
		mpb.AppendDecorators(decor.Any(note)))
}
