package ui

import (
	"context"
	"io"
	"os"
	"sync"
	"time"
)

// A Progress shows how a long piece of work gets on: a bar on a terminal,
// elsewhere a line every ten per cent. Messages are written to it meanwhile.
type Progress struct {
	out    io.Writer
	source Source
	cancel func()
	ended  chan struct{}

	mu    sync.Mutex
	said  int       // notes printed
	above io.Writer // the bar, while there is one
}

// Follow shows progress until it is stopped, and prints the source's notes as
// they come. No bar is shown of what takes less than half a second.
func (t Terminal) Follow(s Source) *Progress {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Progress{out: t.Err, source: s, cancel: cancel, ended: make(chan struct{})}
	go p.show(ctx)
	return p
}

// Stop ends the show, waits until the screen is clean, and prints the notes
// that are left.
func (p *Progress) Stop() {
	p.cancel()
	<-p.ended
	p.notes()
}

// tick is how often the source is looked at.
const tick = 100 * time.Millisecond

func (p *Progress) show(ctx context.Context) {
	defer close(p.ended)
	for begin := time.Now(); time.Since(begin) < 500*time.Millisecond; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(tick):
			p.notes()
		}
	}
	if f, ok := p.out.(*os.File); ok && IsTerminal(f) {
		p.showBars(ctx, f)
	} else {
		p.showLines(ctx)
	}
}

// notes prints those that have come since the last time.
func (p *Progress) notes() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flush()
}

// flush prints the notes that are left; the lock is held.
func (p *Progress) flush() {
	all := p.source.Notes()
	for _, n := range all[p.said:] {
		Say(p.sink(), "%s", n)
	}
	p.said = len(all)
}

// sink is where lines go so that the bar stays below them; the lock is held.
func (p *Progress) sink() io.Writer {
	if p.above != nil {
		return p.above
	}
	return p.out
}

// Write writes a message after the notes that came before it, so that the bar
// stays below both.
func (p *Progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flush()
	return p.sink().Write(b)
}

// showLines writes a line every ten per cent of a stage, or, of an unknown
// total, every ten seconds.
func (p *Progress) showLines(ctx context.Context) {
	ticker := time.NewTicker(2 * tick)
	defer ticker.Stop()
	current, tenths, next := "", int64(0), time.Now().Add(10*time.Second)
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			p.notes()
			stage, c := p.source.Now()
			if stage != current {
				current, tenths = stage, 0
			}
			switch {
			case c.Total > 0 && c.Done*10/c.Total > tenths:
				tenths = c.Done * 10 / c.Total
				Say(p, "%s %d/%d (%d %%) %s", stage, c.Done, c.Total, c.Done*100/c.Total, c.Note)
			case c.Total == 0 && c.Done > 0 && now.After(next):
				next = now.Add(10 * time.Second)
				Say(p, "%s %d %s", stage, c.Done, c.Note)
			}
		}
	}
}
