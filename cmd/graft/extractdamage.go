package main

import (
	"errors"
	"io"
	"io/fs"

	"github.com/urfave/cli/v2"

	"graft/extractor/features"
)

// readTable reads the table of the last scan. A damaged or missing one costs
// reading the files again, no more.
func (e *extraction) readTable(c *cli.Context) {
	var err error
	e.known, err = e.store.ReadTable(e.table)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		say(c.App.ErrWriter, "%v", err)
	}
}

// sayDamage names what was found damaged in a folder of features during a run
// that computed again whatever of it was needed.
func sayDamage(w io.Writer, store *features.Store) {
	problems := store.Problems()
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
