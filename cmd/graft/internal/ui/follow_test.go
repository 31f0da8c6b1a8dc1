package ui

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"graft/extractor"
)

// A screen keeps what is written; tests read it while a show goes on.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// lines are those on a screen, without "graft: ".
func (s *screen) lines() []string {
	var list []string
	for line := range strings.Lines(s.String()) {
		list = append(list, strings.TrimPrefix(strings.TrimSpace(line), "graft: "))
	}
	return list
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestNotesAreShownOnceAndInOrder, while the work goes on and when it ends; after
// Stop nothing is written, and nothing goes on (synctest would tell).
func TestNotesAreShownOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := new(extractor.Progress), new(screen)
		shown := Terminal{Err: s}.Follow(Extraction{p})
		var want []string
		for i := range 20 {
			want = append(want, fmt.Sprintf("note %d", i))
			p.Note("note %d", i)
			time.Sleep(70 * time.Millisecond)
			if i == 10 {
				synctest.Wait()
				if n := len(s.lines()); n < 9 {
					t.Errorf("%d notes are shown of 11 made meanwhile", n)
				}
			}
		}
		p.Note("the last note")
		shown.Stop()
		wantLines(t, "notes", s.lines(), append(want, "the last note")...)
		p.Note("too late")
		time.Sleep(time.Minute)
		wantLines(t, "after the end", s.lines(), append(want, "the last note")...)
	})
}

// TestShortWorkShowsNothing but its notes.
func TestShortWorkShowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := new(extractor.Progress), new(screen)
		p.Begin("extract", 10)
		shown := Terminal{Err: s}.Follow(Extraction{p})
		p.Done.Store(9)
		time.Sleep(400 * time.Millisecond)
		p.Note("a note")
		shown.Stop()
		wantLines(t, "short work", s.lines(), "a note")
	})
}

// steps is a source whose stages tests set.
type steps struct {
	mu    sync.Mutex
	stage string
	count Count
}

func (s *steps) set(stage string, done, total int64, note string) {
	s.mu.Lock()
	s.stage, s.count = stage, Count{done, total, note}
	s.mu.Unlock()
	time.Sleep(time.Second)
}

func (s *steps) Now() (string, Count) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stage, s.count
}

func (s *steps) Notes() []string { return nil }

// TestLines: one every ten per cent of a stage, whatever its steps, and anew for
// the next stage; of an unknown total one every ten seconds.
func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, source := new(screen), new(steps)
		shown := Terminal{Err: s}.Follow(source)
		for _, done := range []int64{0, 4, 7, 11, 19, 20, 45, 46, 99, 100} {
			source.set("extract", done, 100, "")
		}
		source.set("measure", 1, 4, "1 failed")
		source.set("measure", 1, 4, "2 failed")
		source.set("measure", 4, 4, "2 failed")
		for i := range int64(25) {
			source.set("predict", i, 0, "9.0/s")
		}
		shown.Stop()
		got := s.lines()
		wantLines(t, "known totals", got[:min(8, len(got))],
			"extract 11/100 (11 %)", "extract 20/100 (20 %)", "extract 45/100 (45 %)", "extract 99/100 (99 %)", "extract 100/100 (100 %)",
			"measure 1/4 (25 %) 1 failed", "measure 4/4 (100 %) 2 failed", "predict 1 9.0/s")
		if len(got) < 9 || len(got) > 11 {
			t.Errorf("of an unknown total %q", got[7:])
		}
	})
}

// TestMessagesGoBetweenLines: what is written to the show is written at once, and
// whole, while it goes on.
func TestMessagesGoBetweenLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := new(extractor.Progress), new(screen)
		p.Begin("extract", 100)
		shown := Terminal{Err: s}.Follow(Extraction{p})
		var work sync.WaitGroup
		for w := range 4 {
			work.Go(func() {
				for i := range 50 {
					fmt.Fprintf(shown, "[%d] loss: %d\n", w, i)
					p.Done.Add(1)
					p.Note("note of %d", w)
					time.Sleep(30 * time.Millisecond)
				}
			})
		}
		work.Wait()
		shown.Stop()
		counts := map[string]int{}
		for _, line := range s.lines() {
			counts[strings.Fields(line)[0]]++
		}
		messages := counts["[0]"] + counts["[1]"] + counts["[2]"] + counts["[3]"]
		if messages != 200 || counts["note"] != 200 || len(counts) > 6 {
			t.Errorf("%d messages and %d notes are whole; lines begin with %v", messages, counts["note"], counts)
		}
	})
}

// TestExtractionNow says the rate of what was computed, and the time that the
// rest takes.
func TestExtractionNow(t *testing.T) {
	for _, c := range []struct {
		stage                       string
		total, done, cached, failed int64
		wantNote                    string
	}{
		{"extract", 0, 0, 0, 0, ""},
		{"check", 10, 4, 4, 0, ""},
		{"check", 10, 4, 4, 2, "2 failed"},
	} {
		p := new(extractor.Progress)
		p.Begin(c.stage, int(c.total))
		p.Done.Store(c.done)
		p.Cached.Store(c.cached)
		p.Failed.Store(c.failed)
		stage, now := Extraction{p}.Now()
		if stage != c.stage || now != (Count{c.done, c.total, c.wantNote}) {
			t.Errorf("%+v: %s %+v", c, stage, now)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0:00", 7400 * time.Millisecond: "0:07", 12*time.Minute + 34*time.Second: "12:34", time.Hour + 2*time.Minute + 3*time.Second: "1:02:03",
	} {
		if got := clock(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// TestDownloadNow says how many bytes came, and at which rate.
func TestDownloadNow(t *testing.T) {
	p := new(extractor.Progress)
	p.Begin("download", 0)
	p.Done.Store(3e6)
	p.Total.Store(6e6)
	stage, now := Download{p, time.Now().Add(-2 * time.Second)}.Now()
	if stage != "download" || now.Done != 3e6 || now.Total != 6e6 || !strings.HasPrefix(now.Note, "3.0 MB, ") {
		t.Errorf("%s %+v", stage, now)
	}
	if stage, now := (Notes{p}).Now(); stage != "" || now != (Count{}) {
		t.Errorf("notes only: %s %+v", stage, now)
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	Table(&b, [][]string{{"class", "images"}, {"Käfer", "3"}, {"a", "1000"}})
	if want := "class  images\nKäfer       3\na        1000\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

// TestTerminal: results to one side, all else to the other.
func TestTerminal(t *testing.T) {
	var out, err strings.Builder
	terminal := Terminal{Out: &out, Err: &err}
	terminal.Say("wrote %s\n", "x")
	terminal.Hint("do %s", "y")
	terminal.Notes([]string{"100 %", "b"})
	if e := terminal.JSON(map[string]int{"n": 1}); e != nil {
		t.Fatal(e)
	}
	if want := "graft: wrote x\ngraft: hint: do y\ngraft: 100 %\ngraft: b\n"; err.String() != want {
		t.Errorf("for people %q, want %q", err.String(), want)
	}
	if want := "{\n  \"n\": 1\n}\n"; out.String() != want {
		t.Errorf("results %q, want %q", out.String(), want)
	}
}
