package extractor

import (
	"slices"
	"sync"
	"testing"
)

func each(t *testing.T, e *Extractor, n int) {
	t.Helper()
	if err := e.Each(t.Context(), folder(t, n), func(int, Outcome, []Features) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestRunsThatShareAProgress(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*Progress)
		total  int64
	}{
		"their own samples add up": {func(*Progress) {}, 5},
		"expected":                 {func(p *Progress) { p.Expect(40) }, 40},
		"unknown":                  {func(p *Progress) { p.Expect(0) }, 0},
		"stage of a known size":    {func(p *Progress) { p.Begin("measure", 7) }, 7},
		"stage of its runs":        {func(p *Progress) { p.Begin("measure", 0) }, 5},
	} {
		e := newExtractor(&meanTrunk{workers: 2, batch: 1})
		c.before(e.Progress)
		each(t, e, 2)
		each(t, e, 3)
		if total, done := e.Progress.Total.Load(), e.Progress.Done.Load(); total != c.total || done != 5 {
			t.Errorf("%s: %d of %d done, want 5 of %d", name, done, total, c.total)
		}
	}
}

func TestStagesBeginAnew(t *testing.T) {
	e := newExtractor(&meanTrunk{workers: 2, batch: 1})
	p := e.Progress
	if got := p.Stage(); got != "extract" {
		t.Errorf("the first stage is %q", got)
	}
	each(t, e, 3)
	p.Note("%d images", 3)
	p.Begin("measure", 9)
	if p.Stage() != "measure" || p.Total.Load() != 9 || p.Done.Load() != 0 || p.Computed.Load() != 0 {
		t.Errorf("stage %q: %d of %d done, %d computed", p.Stage(), p.Done.Load(), p.Total.Load(), p.Computed.Load())
	}
	if times := p.Times(); times != (Times{}) {
		t.Errorf("times %+v", times)
	}
	each(t, e, 2)
	if p.Done.Load() != 2 || p.Total.Load() != 9 || p.Times().Elapsed <= 0 {
		t.Errorf("%d of %d done in %v", p.Done.Load(), p.Total.Load(), p.Times().Elapsed)
	}
	if notes := p.Notes(); !slices.Equal(notes, []string{"3 images"}) {
		t.Errorf("notes %q", notes)
	}
}

func TestNotesFromManyGoroutines(t *testing.T) {
	var p Progress
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			p.Note("note %d", i)
			p.Notes()
			p.Stage()
		})
	}
	all.Wait()
	notes := p.Notes()
	if len(notes) != 20 {
		t.Errorf("%d notes, want 20", len(notes))
	}
	notes[0] = "changed"
	if p.Notes()[0] == "changed" {
		t.Error("the notes of the progress can be changed from outside")
	}
}
