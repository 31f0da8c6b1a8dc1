package flow

import (
	"context"
	"net/http"
	"sync"
	"time"

	"graft/cmd/graft/internal/web"
)

// A Flow decides who may decode and run, and whether it is worth while to wait.
type Flow struct {
	slots    chan *Slot // those that are free; receivers wait in the order of arrival
	width    int        // slots in all
	patience time.Duration

	mu     sync.Mutex
	places int     // images in line or under way
	held   average // seconds that an image holds a slot
	batch  average // seconds of an accelerator that an image costs, where there is one
}

// New makes a flow of width slots, whose clients wait for up to patience.
func New(width int, patience time.Duration) *Flow {
	f := &Flow{slots: make(chan *Slot, width), width: width, patience: patience}
	for range width {
		f.slots <- newSlot()
	}
	return f
}

// Width is how many slots there are.
func (f *Flow) Width() int { return f.width }

// Admit takes places in the line for n images, one at least and most at most. If
// their turn would come too late, it is a refusal.
func (f *Flow) Admit(n, most int) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if wait := f.forecast(); wait > f.patience {
		return 0, web.Later(http.StatusTooManyRequests, wait-f.patience/2,
			"too many images are waiting: this one's turn would come in about %.1f s", wait.Seconds())
	}
	n = max(1, min(n, most))
	f.places += n
	return n, nil
}

// Check is Admit for a request that has not been read yet: it takes no place.
func (f *Flow) Check() error {
	n, err := f.Admit(1, 1)
	if err == nil {
		f.Leave(n)
	}
	return err
}

// forecast is when an image that comes now gets a slot.
func (f *Flow) forecast() time.Duration {
	ahead := f.places - f.width + 1
	if ahead <= 0 {
		return 0
	}
	each := max(f.held.value/float64(f.width), f.batch.value)
	return time.Duration(float64(ahead) * each * float64(time.Second))
}

// Leave gives places back.
func (f *Flow) Leave(n int) {
	f.mu.Lock()
	f.places -= n
	f.mu.Unlock()
}

// Waiting is how many images are in line or under way.
func (f *Flow) Waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.places
}

// Acquire waits for a slot: until ctx ends, or nobody could expect it any more.
func (f *Flow) Acquire(ctx context.Context) (*Slot, error) {
	select {
	case s := <-f.slots:
		return s, nil
	default:
	}
	given := time.NewTimer(2 * f.patience)
	defer given.Stop()
	select {
	case s := <-f.slots:
		return s, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-given.C:
		return nil, web.Later(http.StatusServiceUnavailable, f.patience, "the images before this one took longer than expected; it was given up")
	}
}

// Release gives a slot back that was held for a time; 0 if that says nothing.
func (f *Flow) Release(s *Slot, held time.Duration) {
	f.slots <- s
	if held > 0 {
		f.mu.Lock()
		f.held.add(held.Seconds())
		f.mu.Unlock()
	}
}

// Ran says what an image cost an accelerator.
func (f *Flow) Ran(each time.Duration) {
	f.mu.Lock()
	f.batch.add(each.Seconds())
	f.mu.Unlock()
}

// average is one that forgets: what came sixteen values ago counts a third.
type average struct {
	value float64
	any   bool
}

func (a *average) add(v float64) {
	if !a.any {
		a.value, a.any = v, true
		return
	}
	a.value += (v - a.value) / 16
}

// Expect says what an image costs before any has come.
func (f *Flow) Expect(each time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.held.any {
		f.held.add(each.Seconds())
	}
}
