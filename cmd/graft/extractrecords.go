package main

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
)

func recordsOf(d *dataset.Dataset) []features.Record {
	records := make([]features.Record, len(d.Samples))
	folder := ""
	if len(d.Splits) == 0 {
		folder = splitOfFolder(d.Root)
	}
	for i, s := range d.Samples {
		if s.Split == "" {
			s.Split = folder
		}
		records[i] = features.Record{Path: s.Path, Label: s.Label, Split: s.Split, Bytes: s.Bytes, ModTime: s.ModTime}
	}
	return records
}

func setOutcome(r *features.Record, o extractor.Outcome) {
	r.Key = o.Key
	r.SetInfo(o.Info)
	if o.Err != nil {
		r.Error = oneLine(o.Err.Error())
	}
}

// maxListed is how many unreadable images are listed; the samples table has all.
const maxListed = 20

// listFailures prints the images that have no features, and counts them.
func listFailures(c *cli.Context, records []features.Record) int {
	failed := 0
	for _, r := range records {
		if r.Error == "" {
			continue
		}
		failed++
		if failed <= maxListed {
			say(c.App.ErrWriter, "%s: %s", r.Path, r.Error)
		}
	}
	if failed > maxListed {
		say(c.App.ErrWriter, "and %d more; all are in the samples table", failed-maxListed)
	}
	return failed
}

// summary is one line: what was done and where the time went.
func summary(p *extractor.Progress) string {
	t := p.Times()
	done, failed := p.Done.Load(), p.Failed.Load()
	line := fmt.Sprintf("%d images: %d with features already, %d rows computed, %d could not be read; %.1f s",
		done, p.Cached.Load(), p.Computed.Load(), failed, t.Elapsed.Seconds())
	busy := t.Decoding + t.Trunk + t.Waiting
	if p.Computed.Load() == 0 || busy == 0 {
		return line
	}
	part := func(d time.Duration) int { return int(100*float64(d)/float64(busy) + 0.5) }
	running := t.Elapsed - t.Opening
	return line + fmt.Sprintf(", %.1f images/s; workers: decode %d %%, trunk %d %%, waiting %d %%; load %.2f s, write %.2f s",
		float64(p.Computed.Load())/running.Seconds(), part(t.Decoding), part(t.Trunk), part(t.Waiting), t.Opening.Seconds(), t.Writing.Seconds())
}
