package train

import (
	"time"

	"graft/extractor"
	"graft/head"
)

// watched is a solver that shows how far it is, if it is one that goes over rows again and again.
func watched(s head.Solver, rows int, p *extractor.Progress) head.Solver {
	r, ok := s.(head.RMSprop)
	if !ok {
		return s
	}
	w := &watch{progress: p, rows: rows, settings: r, begin: time.Now()}
	r.OnBatch = w.onBatch
	return r
}

// watch shows how far a training is whose epochs take long.
type watch struct {
	progress   *extractor.Progress
	rows, done int // of an epoch; so far
	settings   head.RMSprop
	begin      time.Time
	shown      bool
}

// long is from which time an epoch takes long.
const long = 3 * time.Second

func (w *watch) onBatch(rows int) {
	w.done += rows
	if w.shown {
		w.progress.Advance(rows)
		return
	}
	took := time.Since(w.begin)
	if took < long {
		return
	}
	if w.shown = took*time.Duration(w.rows)/time.Duration(w.done) >= long; w.shown {
		total := 0 // of a grid search that is not known
		if !w.settings.RateAuto {
			total = w.settings.Epochs * w.rows
		}
		w.progress.Begin("fit", total)
		w.progress.Began(w.begin)
		w.progress.Advance(w.done)
	}
}
