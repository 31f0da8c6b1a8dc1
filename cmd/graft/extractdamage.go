package main

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"graft/extractor/features"
)

// readTables reads the tables of the last scan. A damaged or missing one costs
// reading the photographs again, no more.
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
	damaged := 0
	for _, store := range stores {
		for _, p := range store.Problems() {
			if damaged++; damaged <= maxListed {
				say(w, "damaged: %s", filepath.Join(store.Dir(), p.Error()))
			}
		}
	}
	if damaged > maxListed {
		say(w, "and %d more", damaged-maxListed)
	}
	if damaged > 0 {
		say(w, "nothing damaged was used; what these images need of it was computed again")
	}
}
