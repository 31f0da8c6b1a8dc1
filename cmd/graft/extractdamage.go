package main

import (
	"errors"
	"io"
	"io/fs"

	"github.com/urfave/cli/v2"

	"graft/extractor/features"
)

// readTables reads the tables of the last scan, one a tap. A damaged or missing
// one costs reading the files again, no more.
func (e *extraction) readTables(c *cli.Context) {
	e.known = make([]*features.Table, len(e.stores))
	for i, store := range e.stores {
		var err error
		e.known[i], err = store.ReadTable(e.table)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			say(c.App.ErrWriter, "%v", err)
		}
	}
}

// sayDamage names what was found damaged in folders of features during a run
// that computed again whatever of it was needed.
func sayDamage(w io.Writer, stores tapStores) {
	var problems []features.Problem
	for _, store := range stores {
		problems = append(problems, store.Problems()...)
	}
	for i, p := range problems {
		if i == maxListed {
			say(w, "and %d more", len(problems)-i)
			break
		}
		say(w, "damaged: %v", p)
	}
	if len(problems) > 0 {
		say(w, "nothing damaged was used; what these images need of it was computed again")
	}
}
