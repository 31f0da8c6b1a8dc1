package extractor

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Progress counts what a run has done, and collects what it has to say. All of
// it may be read at any time; runs add to it and never print. Runs one after
// the other may share a Progress: their counts and times add up. The zero value
// is ready.
type Progress struct {
	Total    atomic.Int64 // samples in all; 0 while that is unknown
	Done     atomic.Int64 // samples handed to the sink
	Cached   atomic.Int64 // of them: nothing had to be computed
	Failed   atomic.Int64 // of them: images that could not be read
	Computed atomic.Int64 // rows of features computed, views counted apart

	begun, ended atomic.Int64 // Unix nanoseconds; 0 means not yet
	last         atomic.Int64 // when a sample was handed out last

	// Nanoseconds, summed over workers.
	opening, decoding, running, writing, waiting atomic.Int64

	expected atomic.Bool // Total was given: runs do not add to it

	mu    sync.Mutex
	stage string
	notes []string
}

// Begin begins a stage of a longer job, named by what is being done: all counts
// and times start anew, notes stay. The stage has total samples, or, if total is
// 0, those of the runs in it.
func (p *Progress) Begin(stage string, total int) {
	for _, n := range []*atomic.Int64{
		&p.Done, &p.Cached, &p.Failed, &p.Computed, &p.begun, &p.ended, &p.last,
		&p.opening, &p.decoding, &p.running, &p.writing, &p.waiting,
	} {
		n.Store(0)
	}
	p.Total.Store(int64(total))
	p.expected.Store(total > 0)
	p.mu.Lock()
	p.stage = stage
	p.mu.Unlock()
}

// Stage names what is being done: "extract" until [Progress.Begin] says
// otherwise.
func (p *Progress) Stage() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return cmp.Or(p.stage, "extract")
}

// Expect says how many samples several runs that share p have together, 0 if
// that is unknown. The runs then do not add theirs to Total.
func (p *Progress) Expect(total int) {
	p.Total.Store(int64(total))
	p.expected.Store(true)
}

// Began says that the stage began at t already, before it was known that it would be shown.
func (p *Progress) Began(t time.Time) { p.begun.Store(t.UnixNano()) }

// Advance counts n more samples as done, in a stage that no run of an extractor counts for. The
// first call starts the clock of the stage.
func (p *Progress) Advance(n int) {
	now := time.Now().UnixNano()
	p.begun.CompareAndSwap(0, now)
	p.last.Store(now)
	p.Done.Add(int64(n))
}

// Note adds a line for people: what was left out, or was not as expected.
func (p *Progress) Note(format string, a ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, fmt.Sprintf(format, a...))
}

// Notes returns all notes so far, in order.
func (p *Progress) Notes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.notes)
}

// Times says where the time of a run went.
type Times struct {
	Elapsed time.Duration // of the whole run, from the start of the run on
	Last    time.Duration // from the start of the run to the last sample that is done

	Opening  time.Duration // loading the trunk
	Decoding time.Duration // reading files, decoding, cropping; summed over workers
	Trunk    time.Duration // summed over workers
	Writing  time.Duration // in the sink
	Waiting  time.Duration // workers with nothing to do; summed
}

// Times returns where the time went up to now.
func (p *Progress) Times() Times {
	t := Times{
		Opening:  time.Duration(p.opening.Load()),
		Decoding: time.Duration(p.decoding.Load()),
		Trunk:    time.Duration(p.running.Load()),
		Writing:  time.Duration(p.writing.Load()),
		Waiting:  time.Duration(p.waiting.Load()),
	}
	begun, ended, last := p.begun.Load(), p.ended.Load(), p.last.Load()
	if begun != 0 && last != 0 {
		t.Last = time.Duration(last - begun)
	}
	switch {
	case begun == 0:
	case ended == 0:
		t.Elapsed = time.Duration(time.Now().UnixNano() - begun)
	default:
		t.Elapsed = time.Duration(ended - begun)
	}
	return t
}

func (p *Progress) start(total int) {
	if !p.expected.Load() {
		p.Total.Add(int64(total))
	}
	p.begun.CompareAndSwap(0, time.Now().UnixNano())
	p.ended.Store(0)
}

func (p *Progress) stop() { p.ended.Store(time.Now().UnixNano()) }

// since adds the time since t to a counter and returns the present time, so
// that one measurement ends where the next begins.
func since(counter *atomic.Int64, t time.Time) time.Time {
	now := time.Now()
	counter.Add(int64(now.Sub(t)))
	return now
}
