package ingest

import (
	"fmt"
	"time"

	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/pixels"
)

// maxNoted is how many unreadable images, and damaged parts, are noted; results
// have all.
const maxNoted = 20

// note says for people what a run has done.
func (r *Result) note(p *extractor.Progress, s pixels.Surprises) {
	for _, d := range damageNotes(r.Damaged) {
		p.Note("%s", d)
	}
	if len(r.Damaged) > 0 {
		p.Note("nothing damaged was used; what these images need of it was computed again")
	}
	for _, f := range r.Failed[:min(len(r.Failed), maxNoted)] {
		p.Note("%s: %s", f.Path, f.Error)
	}
	if len(r.Failed) > maxNoted {
		p.Note("and %d more; all are in the samples table", len(r.Failed)-maxNoted)
	}
	for _, note := range s.Notes() {
		p.Note("%s", note)
	}
	p.Note("%s", summary(p))
}

// Damage says for people what was found damaged in a folder up to now.
func Damage(store *features.Store) []string { return damageNotes(damaged(store)) }

func damageNotes(damaged []string) (notes []string) {
	for _, d := range damaged[:min(len(damaged), maxNoted)] {
		notes = append(notes, "damaged: "+d)
	}
	if len(damaged) > maxNoted {
		notes = append(notes, fmt.Sprintf("and %d more", len(damaged)-maxNoted))
	}
	return notes
}

// summary is one line: what was done and where the time went.
func summary(p *extractor.Progress) string {
	t := p.Times()
	line := fmt.Sprintf("%d images: %d with features already, %d rows computed, %d could not be read; %.1f s",
		p.Done.Load(), p.Cached.Load(), p.Computed.Load(), p.Failed.Load(), t.Elapsed.Seconds())
	busy := t.Decoding + t.Trunk + t.Waiting
	if p.Computed.Load() == 0 || busy == 0 {
		return line
	}
	part := func(d time.Duration) int { return int(100*float64(d)/float64(busy) + 0.5) }
	running := t.Elapsed - t.Opening
	return line + fmt.Sprintf(", %s; workers: decode %d %%, trunk %d %%, waiting %d %%; load %.2f s, write %.2f s",
		rate(float64(p.Computed.Load())/running.Seconds()), part(t.Decoding), part(t.Trunk), part(t.Waiting), t.Opening.Seconds(), t.Writing.Seconds())
}

// rate writes a number of images a second, of less than one the seconds that an
// image takes.
func rate(perSecond float64) string {
	if perSecond < 1 {
		return fmt.Sprintf("%.1f s an image", 1/perSecond)
	}
	return fmt.Sprintf("%.1f images/s", perSecond)
}
