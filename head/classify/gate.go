package classify

import (
	"errors"
	"sync"
)

// ErrClosed says that the Classifier was closed.
var ErrClosed = errors.New("the classifier is closed")

// A gate counts what is under way, and lets nothing in once it is closed.
type gate struct {
	mu       sync.Mutex
	closed   bool
	underway sync.WaitGroup
}

// enter begins something, which leave ends. After close it is ErrClosed.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.underway.Add(1)
	return nil
}

func (g *gate) leave() { g.underway.Done() }

// close waits until everything that has entered has left, and reports whether
// this call closed the gate.
func (g *gate) close() (first bool) {
	g.mu.Lock()
	first, g.closed = !g.closed, true
	g.mu.Unlock()
	g.underway.Wait()
	return first
}
