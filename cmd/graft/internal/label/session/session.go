package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"graft/cmd/graft/internal/label/book"
	"graft/cmd/graft/internal/label/journal"
	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/head/active"
)

// A Session is under way. It is safe for concurrent use. Close it.
type Session struct {
	options Options
	data    *dataset.Dataset
	journal *journal.Journal
	reserve active.Reserve
	stop    context.CancelFunc
	percent int // of garbage collection, as it was
	running sync.WaitGroup

	mu       sync.Mutex
	book     *book.Book
	pictures []picture
	marks    []book.Mark // of each picture
	byKey    map[journal.Key][]int
	all      bool // every picture had a label from the beginning
	pool     active.Pool
	computed int // pictures whose features are there, or will never be
	failed   int
	busy     bool // features are being computed
	trouble  error
	notes    []string
	version  int
	work     int                // what learn has been told of
	learnt   int                // of work, that is learned
	giveUp   context.CancelFunc // ends a judgement that is under way; nil: none is
	changed  chan struct{}      // closed, and made anew, at every change
	wrote    map[string]bool    // sums of the lists that this journal has announced
	listed   error              // of the last try to write the list

	learned learned
	live    Live
	wake    chan struct{} // for learn
	save    chan struct{} // for saving
	found   found
}

// Open begins a session, or goes on with the one whose journal lies beside the list. Another
// process that labels with it is a *journal.BusyError.
func Open(ctx context.Context, o Options) (*Session, error) {
	o.Quiet = cmp.Or(o.Quiet, 400*time.Millisecond)
	if o.Now == nil {
		o.Now = time.Now
	}
	data, err := o.Source.Scan(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{
		options: o, data: data, book: book.New(), changed: make(chan struct{}), wrote: map[string]bool{},
		wake: make(chan struct{}, 1), save: make(chan struct{}, 1),
	}
	if err := s.begin(ctx); err != nil {
		if s.journal != nil {
			s.journal.Close()
		}
		data.Close()
		return nil, err
	}
	s.busy = true
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.running.Go(func() { s.compute(ctx) })
	s.running.Go(func() { s.learn(ctx) })
	if err := s.adopt(ctx); err != nil {
		s.stop()
		s.running.Wait()
		return nil, errors.Join(err, s.journal.Close(), s.data.Close())
	}
	s.running.Go(func() { s.saving(ctx) })
	poke(s.save)
	return s, nil
}

// begin reads what there is.
func (s *Session) begin(ctx context.Context) error {
	o := s.options
	if err := durable.Check(o.List); err != nil {
		return err
	}
	var actions []journal.Action
	var err error
	begin := journal.Action{Root: s.data.Root, Seed: o.Seed, Share: o.Share, Part: active.PartOf(o.Share, len(s.data.Samples))}
	if s.journal, actions, err = journal.Open(JournalOf(o.List), begin); err != nil {
		return err
	}
	s.reserve = active.Reserve{Seed: actions[0].Seed, Part: actions[0].Part, Share: actions[0].Share}
	for i, a := range actions[1:] {
		if a.Do == journal.Wrote {
			s.wrote[a.Sum] = true
		}
		if _, err := s.book.Do(a); err != nil {
			return &journal.LineError{Path: JournalOf(o.List), Line: i + 2, Err: err}
		}
	}
	given, err := o.Source.Given(ctx)
	if err != nil {
		return err
	}
	s.enter(given)
	if err := s.beginClasses(given); err != nil {
		return err
	}
	s.pool = active.Pool{X: make([]float32, len(s.pictures)*o.Source.Dim()), D: o.Source.Dim()}
	s.marks = make([]book.Mark, len(s.pictures))
	s.refresh()
	s.percent = debug.SetGCPercent(percentFor(4 * len(s.pool.X)))
	return nil
}

// percentFor is the garbage collection percentage with a matrix of so many bytes, of
// which nothing is ever garbage: about 200 MB may lie about, not as much again as the matrix.
func percentFor(bytes int) int { return max(10, min(100, 200<<20*100/max(bytes, 1))) }

// beginClasses makes the classes that were asked for, and those of folders.
func (s *Session) beginClasses(given map[string]dataset.Sample) error {
	names := slices.Clone(s.options.Classes)
	var folders []string
	for _, g := range given {
		if g.Label != "" {
			folders = append(folders, g.Label)
		}
	}
	slices.Sort(folders)
	for _, name := range append(names, slices.Compact(folders)...) {
		name = dataset.Label(name)
		if s.book.OfFolder(name) >= 0 {
			continue
		}
		a := journal.Action{Do: journal.Class, Label: name, Auto: true}
		if _, err := s.book.Do(a); err != nil {
			return fmt.Errorf("the class %q: %w", name, err)
		}
		if err := s.journal.Append(a); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the session: what was done is on the disk then.
func (s *Session) Close() error {
	s.stop()
	s.running.Wait()
	debug.SetGCPercent(s.percent)
	err := s.writeList()
	return errors.Join(err, s.journal.Close(), s.data.Close())
}

// change says that there is something new to see. The lock is held.
func (s *Session) change() {
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
}

// Changed is the version of what there is to see, and a channel that is closed when
// there is another one.
func (s *Session) Changed() (version int, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, s.changed
}

// tell tells learn that something has changed. The lock is held.
func (s *Session) tell() {
	s.work++
	if s.giveUp != nil { // a person who goes on is not kept waiting
		s.giveUp()
	}
	poke(s.wake)
}

// Settled waits until features are computed, as far as they can be, and the head has
// learned all that is known. The error is that of ctx.
func (s *Session) Settled(ctx context.Context) error {
	for {
		s.mu.Lock()
		done, changed := !s.busy && s.work == s.learnt, s.changed
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// poke wakes whoever waits at a channel, once.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
