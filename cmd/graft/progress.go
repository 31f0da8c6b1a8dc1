package main

import (
	"context"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// A count is where a long piece of work stands.
type count struct {
	done, total int64  // total is 0 while nobody knows it
	note        string // shown behind: the rate, the time left, failures
}

// A shownProgress shows how a long piece of work gets on. Messages are written
// to it while it does.
type shownProgress struct {
	out    io.Writer
	cancel func()
	ended  chan struct{}

	mu   sync.Mutex
	bars io.Writer // above the bar, while there is one
}

// showProgress is startProgress for work that has nothing to say meanwhile.
func showProgress(w io.Writer, name string, now func() count) (stop func()) {
	return startProgress(w, name, now).stop
}

// startProgress shows how a long piece of work gets on until it is stopped: a
// bar on a terminal, elsewhere a line every ten per cent. Nothing is shown of
// what takes less than half a second.
func startProgress(w io.Writer, name string, now func() count) *shownProgress {
	ctx, cancel := context.WithCancel(context.Background())
	p := &shownProgress{out: w, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		select {
		case <-ctx.Done():
			return
		case <-time.After(500 * time.Millisecond):
		}
		if f, ok := w.(*os.File); ok && isTerminal(w) {
			p.showBar(ctx, f, name, now)
		} else {
			showLines(ctx, p, name, now)
		}
	}()
	return p
}

// Write writes a message so that the bar stays below it.
func (p *shownProgress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bars != nil {
		return p.bars.Write(b)
	}
	return p.out.Write(b)
}

// stop ends the show and waits until the screen is clean.
func (p *shownProgress) stop() {
	p.cancel()
	<-p.ended
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

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
