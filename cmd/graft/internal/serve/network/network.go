// Package network is the trunks and classifiers that run for a service, each once:
// a [Pool] starts them and shares them among models, [Network.Run] makes the row of
// a crop.
package network

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"graft/extractor"
	"graft/head/classify"
)

// A Network is a running trunk or classifier, shared by all models that need it.
type Network struct {
	id      classify.Network
	started *classify.Started
	widths  []int
	pool    *Pool

	users int // models; guarded by Pool.mu

	mu       sync.Mutex
	batchers map[Size]*extractor.Batcher // by size of the crop; on accelerators only
	runners  sync.WaitGroup
}

// A Pool is the networks that run. It is safe for concurrent use, but for Use.
type Pool struct {
	settings Settings
	mu       sync.Mutex
	running  map[classify.Network]*Network
}

// Settings are how networks are started and batched.
type Settings struct {
	Start   Start            // of a network; nil starts it for real
	Options classify.Options // trunk and device
	MaxWait time.Duration    // how long a batch waits for more crops
	// Ran is called after each batch of an accelerator with the crops that were in
	// it, and the time that each place in the batch took.
	Ran func(crops int, each time.Duration)
	Log *slog.Logger
}

// Start starts the network of a model.
type Start func(context.Context, *classify.Model, classify.Options) (*classify.Started, error)

// NewPool makes a pool in which nothing runs.
func NewPool(s Settings) *Pool {
	if s.Start == nil {
		s.Start = func(ctx context.Context, m *classify.Model, o classify.Options) (*classify.Started, error) {
			return m.Start(ctx, o)
		}
	}
	return &Pool{settings: s, running: map[classify.Network]*Network{}}
}

// find gives a network that runs, nil if it does not. Whoever gets it leaves it.
func (p *Pool) find(id classify.Network) *Network {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.running[id]
	if n != nil {
		n.users++
	}
	return n
}

// Use gives the network of a model, started if no other model has it running.
// Whoever uses it leaves it. It is called by one goroutine at a time.
func (p *Pool) Use(ctx context.Context, m *classify.Model) (*Network, error) {
	if n := p.find(m.Network); n != nil {
		return n, nil
	}
	started, err := p.settings.Start(ctx, m, p.settings.Options)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(started.Dims(), m.Widths()) {
		started.Close()
		return nil, fmt.Errorf("model %q: the trunk gives rows of %v values, not of %v", m.Path, started.Dims(), m.Widths())
	}
	if started.Device != "" {
		p.settings.Log.Info("device", "chosen", started.Device)
	}
	n := &Network{id: m.Network, started: started, widths: m.Widths(), pool: p, users: 1, batchers: map[Size]*extractor.Batcher{}}
	p.mu.Lock()
	p.running[m.Network] = n
	p.mu.Unlock()
	return n, nil
}

// Leave gives a network up; the last user closes it.
func (n *Network) Leave() {
	n.pool.mu.Lock()
	n.users--
	last := n.users == 0
	if last {
		delete(n.pool.running, n.id)
	}
	n.pool.mu.Unlock()
	if !last {
		return
	}
	for _, b := range n.batchers {
		b.Close()
	}
	n.runners.Wait()
	if err := n.started.Close(); err != nil {
		n.pool.settings.Log.Error("close a network", "error", err)
	}
}

// Started is what runs: what it says of itself, and what users should know.
func (n *Network) Started() *classify.Started { return n.started }

// Batched reports whether the network wants many crops at once, as accelerators
// do.
func (n *Network) Batched() bool { return n.started.Batch() > 1 }

// Abreast is how many images keep a batched network busy.
func (n *Network) Abreast() int { return (max(n.started.Workers(), 1) + 1) * n.started.Batch() }

// A Size is that of crops, in pixels.
type Size struct{ Height, Width int }

// Run makes the row of a crop of that size. On an accelerator the crop
// waits for others, and must be left alone when ctx has ended.
func (n *Network) Run(ctx context.Context, crop []byte, size Size) ([]float32, error) {
	row := make([]float32, sum(n.widths))
	if n.Batched() {
		return row, n.batcher(size).Run(ctx, crop, split(row, n.widths, 1))
	}
	return row, n.started.Run(ctx, crop, 1, size.Height, size.Width, split(row, n.widths, 1))
}

// batcher is the one for crops of a size.
func (n *Network) batcher(size Size) *extractor.Batcher {
	n.mu.Lock()
	defer n.mu.Unlock()
	b := n.batchers[size]
	if b != nil {
		return b
	}
	batch := n.started.Batch()
	b = extractor.NewBatcher(n.started, extractor.BatcherSettings{
		Batch: batch, Height: size.Height, Width: size.Width, Wait: n.pool.settings.MaxWait,
		Ran: func(crops int, took time.Duration) { n.pool.settings.Ran(crops, took/time.Duration(batch)) },
	})
	n.batchers[size] = b
	for range max(n.started.Workers(), 1) {
		n.runners.Go(func() {
			for b.Serve(context.Background()) != nil {
			} // a batch that failed has told its requests
		})
	}
	return b
}

// Alone makes the row of a crop without waiting for others: of a black one, nil, it
// warms the network up, which is when accelerators choose algorithms and memory
// is taken for the first time.
func (n *Network) Alone(ctx context.Context, crop []byte, size Size) ([]float32, error) {
	batch, row := max(n.started.Batch(), 1), make([]float32, sum(n.widths))
	pixels := make([]byte, 3*batch*size.Height*size.Width)
	copy(pixels, crop)
	rows := split(make([]float32, batch*len(row)), n.widths, batch)
	if err := n.started.Run(ctx, pixels, batch, size.Height, size.Width, rows); err != nil {
		return nil, err
	}
	for o, part := range split(row, n.widths, 1) {
		copy(part, rows[o])
	}
	return row, nil
}

// split cuts one slice into the outputs of a run: n rows of each width.
func split(values []float32, widths []int, n int) [][]float32 {
	var parts [][]float32
	for _, w := range widths {
		parts = append(parts, values[:n*w:n*w])
		values = values[n*w:]
	}
	return parts
}

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}

var _ extractor.Trunk = (*classify.Started)(nil)
