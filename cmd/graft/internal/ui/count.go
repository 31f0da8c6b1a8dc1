package ui

import (
	"fmt"
	"strings"
	"time"

	"graft/extractor"
)

// A Count is where a long piece of work stands.
type Count struct {
	Done, Total int64  // Total is 0 if unknown
	Note        string // shown behind: the rate, the time left, failures
}

// A Source is progress that can be looked at while it is made.
type Source interface {
	// Now is the name of the stage that goes on, and where it stands.
	Now() (stage string, c Count)
	// Notes are all lines for people up to now, in order.
	Notes() []string
}

// Extraction is the progress of a run of an extractor, or of a job made of
// several.
type Extraction struct{ *extractor.Progress }

// Now says how many images are done, at which rate, and how long the rest takes.
func (e Extraction) Now() (stage string, c Count) {
	p := e.Progress
	c = Count{Done: p.Done.Load(), Total: p.Total.Load()}
	var notes []string
	t := p.Times()
	// Until the last image was done: on slow devices the next one is long under way.
	running := (t.Last - t.Opening).Seconds()
	if computed := c.Done - p.Cached.Load(); computed > 0 && running > 0 {
		notes = append(notes, rate(float64(computed)/running))
		if c.Total > c.Done {
			left := timeLeft(running/float64(c.Done), float64(c.Total-c.Done), (t.Elapsed - t.Last).Seconds())
			notes = append(notes, clock(time.Duration(left*float64(time.Second)))+" left")
		}
	}
	if failed := p.Failed.Load(); failed > 0 {
		notes = append(notes, fmt.Sprintf("%d failed", failed))
	}
	c.Note = strings.Join(notes, ", ")
	return p.Stage(), c
}

// rate writes a number of images a second, of less than one the seconds that an
// image takes.
func rate(perSecond float64) string {
	if perSecond < 1 {
		return fmt.Sprintf("%.1f s/image", 1/perSecond)
	}
	return fmt.Sprintf("%.1f/s", perSecond)
}

// timeLeft is the seconds that some images take of which the first is under way
// for a while already. One that is overdue holds the time, it does not turn it back.
func timeLeft(each, images, underWay float64) float64 {
	return max(each*images-underWay, each*(images-1))
}

// clock writes a duration as 0:07, 12:34 or 1:02:03.
func clock(d time.Duration) string {
	s := int(d.Seconds() + 0.5)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// A Download is the progress of one, in bytes.
type Download struct {
	*extractor.Progress
	Begin time.Time
}

// Now says how many bytes are there, and at which rate they come.
func (d Download) Now() (stage string, c Count) {
	done := d.Done.Load()
	mb := float64(done) / 1e6
	return d.Stage(), Count{Done: done, Total: d.Total.Load(), Note: fmt.Sprintf("%.1f MB, %.1f MB/s", mb, mb/time.Since(d.Begin).Seconds())}
}

// Notes is progress of which only the notes are shown.
type Notes struct{ *extractor.Progress }

// Now shows nothing.
func (Notes) Now() (stage string, c Count) { return "", Count{} }
