package head

import "context"

// A Solver is the settings of a way to train, and the training itself: [RMSprop], [LBFGS] or
// [KNN].
type Solver interface {
	// Check reports a setting that is out of its range.
	Check() error
	// Fit trains on all rows of d, whose classes are indices into labels, and records how.
	// observe, if not nil, is told every epoch as it ends; solvers without epochs do not call
	// it. On an error the others are nil. A row that cannot be used is a [*RowError].
	Fit(ctx context.Context, d Data, labels []string, observe func(Epoch)) (Predictor, *Record, error)
	// Memory is about how many bytes Fit will hold for n rows of d features and c classes.
	Memory(n, d, c int) int64
}

var (
	_ Solver = RMSprop{}
	_ Solver = LBFGS{}
	_ Solver = KNN{}

	_ Predictor = (*Head)(nil)
	_ Predictor = (*Neighbours)(nil)
)
