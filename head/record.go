package head

import (
	"time"

	"graft/head/metrics"
)

// Record is how a head was trained. It is kept in the head's metadata as JSON; the field names are
// kept stable, fields that do not apply are left out.
type Record struct {
	Solver string `json:"solver"` // "rmsprop", "lbfgs" or "knn"
	// The settings of Solver, defaults filled in.
	RMSprop *RMSprop `json:"rmsprop,omitempty"`
	LBFGS   *LBFGS   `json:"lbfgs,omitempty"`
	KNN     *KNN     `json:"knn,omitempty"`

	Rows    int          `json:"rows"`     // rows trained on, hold-out included if drawn from them
	Dim     int          `json:"dim"`      // d
	Counts  []ClassCount `json:"counts"`   // of Rows, one per class, in the order of the labels
	HeldOut int          `json:"held_out"` // rows used to choose or to stop, not to train

	// ValShare is the share of each class that was kept for judging, of data that is too large to
	// list the images that were trained on; 0: none, or they are listed.
	ValShare float64 `json:"val_share,omitempty"`

	Epochs []Epoch    `json:"epochs,omitempty"` // the curve
	Rates  []RateRow  `json:"rates,omitempty"`  // rmsprop with lr auto: the grid
	Sweep  []SweepRow `json:"sweep,omitempty"`  // lbfgs with l2 auto: the values of C
	// Rate and C are those used in the end; Objective is scikit-learn's,
	// C·Σ w_i·loss_i + ½‖W‖², at the solution (lbfgs).
	Rate       float64 `json:"lr,omitempty"`
	C          float64 `json:"c,omitempty"`
	Objective  float64 `json:"objective,omitempty"`
	Iterations int     `json:"iterations,omitempty"`
	StoppedAt  int     `json:"stopped_at,omitempty"` // early stop: the epoch whose head was kept

	Calibration *metrics.Calibration `json:"calibration,omitempty"`

	// Interrupted says that training was ended after the last of Epochs; see RMSprop.KeepOnInterrupt.
	Interrupted bool `json:"interrupted,omitempty"`

	// Seconds is the duration of training, and Waiting the part of it that was spent waiting for rows to be read.
	// These two differ between two runs with the same seed and data: a caller that wants the same
	// bytes sets them to 0.
	Seconds float64 `json:"seconds,omitempty"`
	Waiting float64 `json:"waiting,omitempty"`
	// Versions and Fingerprints are for the caller to fill: of programs, and of the trunk
	// and the data.
	Versions     map[string]string `json:"versions,omitempty"`
	Fingerprints map[string]string `json:"fingerprints,omitempty"`
}

// ClassCount is the number of training rows of a class.
type ClassCount struct {
	Label string `json:"label"`
	Rows  int    `json:"rows"`
}

// Epoch is one pass over the training rows.
type Epoch struct {
	Stage string `json:"stage,omitempty"` // "lr search" while rates compete; the figures are then those of the leading rate
	Epoch int    `json:"epoch"`           // from 1
	// Loss is the mean of the loss that is minimised, and Accuracy the fraction of rows
	// classified right, both before the step that each batch was used for.
	Loss     float64 `json:"loss"`
	Accuracy float64 `json:"accuracy"`
	Val      *Score  `json:"val,omitempty"` // on the hold-out, after the epoch
}

// Score is the loss and the accuracy of a head on some rows.
type Score struct {
	Loss     float64 `json:"loss"` // mean cross-entropy in nats, without weights or smoothing
	Accuracy float64 `json:"accuracy"`
}

// RateRow is one learning rate of the grid and its best epoch on the hold-out.
type RateRow struct {
	Rate   float64 `json:"lr"`
	Epoch  int     `json:"epoch,omitempty"`
	Val    Score   `json:"val"`
	Failed bool    `json:"failed,omitempty"` // its loss ceased to be finite
	Chosen bool    `json:"chosen,omitempty"`
}

// newRecord starts the record of a solver; done fills in the duration.
func newRecord(solver string, d Data, labels []string, counts []int) (r *Record, done func()) {
	start := time.Now()
	r = &Record{Solver: solver, Rows: d.Len(), Dim: d.Dim()}
	for c, n := range counts {
		r.Counts = append(r.Counts, ClassCount{labels[c], n})
	}
	return r, func() { r.Seconds = time.Since(start).Seconds() }
}
