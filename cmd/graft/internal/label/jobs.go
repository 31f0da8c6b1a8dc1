package label

import (
	"context"
	"net/http"
	"sync"

	"graft/cmd/graft/internal/web"
)

// Products are what can be made of the labels, by what the page calls it.
type Products map[string]func(context.Context) (Product, error)

// A Product was made.
type Product struct {
	Said string // in words
	Link string // where it can be opened; "": nowhere
}

// made is a product, or one that is being made.
type made struct {
	Name    string `json:"name"`
	Running bool   `json:"running"`
	Failed  bool   `json:"failed"`
	Said    string `json:"said"`
	Link    string `json:"link,omitempty"`
}

// jobs make products, one at a time.
type jobs struct {
	products Products
	running  sync.WaitGroup

	mu      sync.Mutex
	ctx     context.Context // nil: it has not begun, or is over
	done    []made
	changed chan struct{}
}

func newJobs(p Products) *jobs { return &jobs{products: p, changed: make(chan struct{})} }

func (j *jobs) begin(ctx context.Context) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ctx = ctx
}

// end waits for what is under way.
func (j *jobs) end() {
	j.mu.Lock()
	j.ctx = nil
	j.mu.Unlock()
	j.running.Wait()
}

func (j *jobs) list() []made {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]made{}, j.done...)
}

func (j *jobs) changes() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.changed
}

// set changes the last product. The lock is held.
func (j *jobs) set(m made) {
	j.done[len(j.done)-1] = m
	close(j.changed)
	j.changed = make(chan struct{})
}

// start begins to make a product.
func (j *jobs) start(what string) error {
	do := j.products[what]
	if do == nil {
		return web.Refuse(http.StatusNotFound, "nobody can make that")
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := len(j.done); j.ctx == nil || n > 0 && j.done[n-1].Running {
		return web.Refuse(http.StatusConflict, "something is being made already")
	}
	ctx := j.ctx
	j.done = append(j.done, made{})
	j.set(made{Name: what, Running: true})
	j.running.Go(func() {
		p, err := do(ctx)
		m := made{Name: what, Said: p.Said, Link: p.Link}
		if err != nil {
			m.Failed, m.Said = true, err.Error()
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		j.set(m)
	})
	return nil
}
