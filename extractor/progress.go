package extractor

import (
	"sync/atomic"
	"time"
)

// Progress counts what a run has done. Its fields may be read at any time;
// the pipeline adds to them and never prints. Runs one after the other may
// share a Progress: their counts and times add up.
type Progress struct {
	Total    atomic.Int64 // samples in all
	Done     atomic.Int64 // samples handed to the sink
	Cached   atomic.Int64 // of them: nothing had to be computed
	Failed   atomic.Int64 // of them: images that could not be read
	Computed atomic.Int64 // rows of features computed, views counted apart

	begun, ended atomic.Int64 // Unix nanoseconds; 0 means not yet

	// Nanoseconds, summed over workers.
	opening, decoding, running, writing, waiting atomic.Int64
}

// Times says where the time of a run went.
type Times struct {
	Elapsed time.Duration // of the whole run, from the start of the run on

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
	begun, ended := p.begun.Load(), p.ended.Load()
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
	p.Total.Add(int64(total))
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
