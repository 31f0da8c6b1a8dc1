package ingest

import (
	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
)

// Records are the rows of the samples table before anything is read; see [Outcome].
func Records(d *dataset.Dataset) []features.Record { return recordsOf(d) }

// Outcome writes into a record what became of its sample.
func Outcome(r *features.Record, o extractor.Outcome) { setOutcome(r, o) }
