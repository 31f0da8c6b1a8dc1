package train

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"graft/head"
)

// partitionRows are the rows of one split of a partitioned store: head.Blocked. Of the partitions,
// the last two that were opened are open, the next one is being opened, and so are those whose rows
// are being read. It is safe for concurrent use.
type partitionRows struct {
	*partitioned
	split  string
	labels []string
	index  map[string]int // of labels
	counts []int

	mu    sync.Mutex
	held  []*heldPartition // in the order in which they were opened
	order []int
}

var (
	_ head.Blocked    = (*partitionRows)(nil)
	_ head.Concurrent = (*partitionRows)(nil)
)

// A heldPartition is open, or is being opened.
type heldPartition struct {
	number int
	users  int           // that read rows of it
	ready  chan struct{} // closed when it is open
	part   *partition
	labels []int32
	err    error
}

// heldPartitions is how many are open at once, beside the one that is being opened.
const heldPartitions = 2

// rows are those of the split that was looked through.
func (p *partitioned) rows(split string) *partitionRows {
	r := &partitionRows{partitioned: p, split: split, labels: p.classes(), index: map[string]int{}}
	for i, label := range r.labels {
		r.index[label] = i
		r.counts = append(r.counts, p.labels[label])
	}
	return r
}

func (r *partitionRows) Len() int                   { return r.begins[r.layout.Partitions] }
func (r *partitionRows) Dim() int                   { return r.meta.Trunk.Dim }
func (r *partitionRows) Blocks() int                { return r.layout.Partitions }
func (r *partitionRows) Block(b int) int            { return r.begins[b] }
func (r *partitionRows) Counts() []int              { return slices.Clone(r.counts) }
func (r *partitionRows) SafeForConcurrentUse() bool { return true }

// Visit notes the order, so that the next partition is opened while one is read.
func (r *partitionRows) Visit(order []int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order = slices.Clone(order)
}

// Row copies the features of row i into dst.
func (r *partitionRows) Row(i int, dst []float32) error {
	return r.with(i, func(h *heldPartition, row int) error { return h.part.Row(row, dst) })
}

// Label is the class of row i; −1 if its partition cannot be read, which Row then says.
func (r *partitionRows) Label(i int) (label int) {
	label = -1
	r.with(i, func(h *heldPartition, row int) error {
		label = int(h.labels[row])
		return nil
	})
	return label
}

// Path names the photograph of row i.
func (r *partitionRows) Path(i int) (path string) {
	r.with(i, func(h *heldPartition, row int) error {
		path = h.part.Records[row].Path
		return nil
	})
	return path
}

// with calls f for row i of all, with its partition open.
func (r *partitionRows) with(i int, f func(h *heldPartition, row int) error) error {
	at, _ := slices.BinarySearch(r.begins, i+1)
	at--
	h := r.hold(at)
	defer r.release(h)
	<-h.ready
	if h.err != nil {
		return h.err
	}
	return f(h, i-r.begins[at])
}

// find is a partition that is held; nil if it is not.
func (r *partitionRows) find(number int) *heldPartition {
	for _, h := range r.held {
		if h.number == number {
			return h
		}
	}
	return nil
}

// hold gives a partition, which stays open until it is released, and begins to open it and the one
// after it if they are not.
func (r *partitionRows) hold(number int) *heldPartition {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.find(number)
	if h == nil {
		h = r.start(number)
	}
	h.users++
	if at := slices.Index(r.order, number); at >= 0 && at+1 < len(r.order) && r.find(r.order[at+1]) == nil {
		r.start(r.order[at+1])
	}
	return h
}

// release gives a partition up, and closes those that are not in use, the one that was opened first
// before the others, as long as there are too many.
func (r *partitionRows) release(h *heldPartition) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h.users--
	for len(r.held) > heldPartitions+1 {
		at := slices.IndexFunc(r.held, func(h *heldPartition) bool { return h.users == 0 })
		if at < 0 {
			return
		}
		r.held[at].close()
		r.held = slices.Delete(r.held, at, at+1)
	}
}

// start opens a partition in the background.
func (r *partitionRows) start(number int) *heldPartition {
	h := &heldPartition{number: number, ready: make(chan struct{})}
	r.held = append(r.held, h)
	go func() {
		defer close(h.ready)
		h.part, h.err = r.open(context.Background(), number, r.split, false)
		if h.err != nil {
			return
		}
		if h.part == nil || h.part.Len() != r.begins[number+1]-r.begins[number] {
			h.err = fmt.Errorf("the features %q: the partition %q has changed meanwhile", r.dir, r.layout.Folder(r.dir, number))
			return
		}
		for _, record := range h.part.Records {
			h.labels = append(h.labels, int32(r.index[record.Label]))
		}
	}()
	return h
}

func (h *heldPartition) close() {
	<-h.ready
	if h.part != nil {
		h.part.store.Close()
	}
}

// Close closes what is open.
func (r *partitionRows) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.held {
		h.close()
	}
	r.held = nil
}
