package head

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// LBFGS fits regularised logistic regression to its optimum: a [Solver]. The zero value chooses C by
// cross-validation.
type LBFGS struct {
	// C is the inverse strength of the L2 penalty as in scikit-learn, 1e-12…1e12; 0 means
	// auto: a grid search over 45 values from 1e-6 to 1e5, evenly spaced on a logarithmic
	// scale, in ascending order, each from the solution before it. The one with the highest
	// mean accuracy is used, of equals the one with the lowest mean loss. Of more than a million
	// features in all rows only the values that come close to it are solved to the optimum.
	C float64 `json:"c"`
	// Folds is the number of stratified folds that C is chosen with; 0 means 5. Of more than
	// 20,000 rows a tenth is held out instead.
	Folds        int          `json:"folds"`
	Seed         uint64       `json:"seed"` // of the folds or the hold-out
	ClassWeights ClassWeights `json:"class_weights"`
	// Float16 holds the features as float16, rounded to 11 bits, in half the memory, if there are at least as
	// many rows as features. None may be larger than 65,504.
	Float16 bool `json:"float16,omitempty"`
	// Validation, if not nil, is used to choose C, instead of folds or a hold-out.
	Validation Data `json:"-"`
	// Observe, if not nil, is told every value of C as it has been tried.
	Observe func(SweepRow) `json:"-"`

	fold  []int // for tests: the fold of each row, which is drawn otherwise
	large bool  // for tests: the sweep is that of a large number of features
}

// largeRows is the number of rows up to which C and temperatures are chosen with folds; of more rows
// a tenth is held out.
const largeRows = 20000

// Tolerances: bounds on the suboptimality of the objective, relative to the penalty.
const (
	solveTolerance = 1e-10 // of the resulting head
	sweepTolerance = 1e-9  // of the heads that only serve to choose C
)

// Sweeps.
const (
	// largeSweep is the number of features, in all rows together, from which on values of C are first tried
	// until no number of the gradient is above sweepSlope, a tenth of what scikit-learn's sweep stops at.
	largeSweep = 1 << 20
	sweepSlope = 1e-5
	// passParameters is the number of parameters up to which the problems of all folds go over the rows
	// together: then each has its vectors in memory at the same time.
	passParameters = 1 << 18
	passVectors    = 300 // of all folds
)

// Check reports a setting that is out of its range.
func (s LBFGS) Check() error {
	if s.C != 0 && !(s.C >= 1e-12 && s.C <= 1e12) {
		return fmt.Errorf("lbfgs: C is %v; it must be from 1e-12 to 1e12, or auto", s.C)
	}
	if s.Folds != 0 && s.Folds < 2 {
		return fmt.Errorf("lbfgs: %d folds; there must be 2 or more", s.Folds)
	}
	return nil
}

// Memory counts the rows as float32 or, if there are fewer rows than features, their reduction as
// float64, once and, in two orders, for each of five folds; and the vectors of L-BFGS.
func (s LBFGS) Memory(n, d, c int) int64 {
	rows, width, k := int64(n), int64(d), int64(c)
	if n < d {
		return 8*rows*width + 11*8*rows*rows + 60*8*k*rows
	}
	each := int64(4)
	if s.Float16 {
		each = 2
	}
	vectors := int64(60)
	if s.C == 0 && s.Validation == nil && n <= largeRows && k*(width+1) <= passParameters {
		vectors = passVectors
	}
	return each*rows*width + 5*8*rows*k + vectors*8*k*width
}

// Fit fits L2-regularised multinomial logistic regression to its optimum, in float64: it minimises, as scikit-learn's LogisticRegression does,
//
//	C·Σ_i s_i·loss_i + ½‖W‖²
//
// over the weights W and the unpenalised biases, where s_i is the class weight of row i. With
// two classes only the difference of their logits has weights. Features are standardised over all
// rows of d, before the folds are made, and the scaling is folded back into the head. Iteration
// stops when an upper bound on the suboptimality F − F*, from the gradient norm and strong
// convexity, is at most 1e-10 of the penalty term, or when rounding allows no progress. The whole
// of d is held in memory. There are no epochs to observe, but see Observe. The same data and
// settings give the same bytes on any number of cores.
func (s LBFGS) Fit(ctx context.Context, d Data, labels []string, _ func(Epoch)) (Predictor, *Record, error) {
	if err := s.Check(); err != nil {
		return nil, nil, err
	}
	counts, err := checkData(d, labels)
	if err != nil {
		return nil, nil, err
	}
	weights, err := s.ClassWeights.weights(labels, counts)
	if err != nil {
		return nil, nil, fmt.Errorf("lbfgs: %w", err)
	}
	if err := checkValidation(s.Validation, d, labels); err != nil {
		return nil, nil, fmt.Errorf("lbfgs: %w", err)
	}
	setIfZero(&s.Folds, 5)
	record, done := newRecord("lbfgs", d, labels, counts)
	kept := s
	kept.Observe = nil
	record.LBFGS = &kept
	h, err := s.solve(ctx, d, labels, weights, record)
	if err != nil {
		return nil, nil, err
	}
	done()
	return h, record, nil
}

// solve chooses C if it is to be chosen, and minimises the objective on all rows of d.
func (s LBFGS) solve(ctx context.Context, d Data, labels []string, weights []float64, record *Record) (*Head, error) {
	features, err := newReduced(ctx, d, s.Validation, s.Float16)
	if err != nil {
		return nil, err
	}
	y := classes(d)
	if s.Validation != nil {
		y = append(y, classes(s.Validation)...)
	}
	record.C = s.C
	if s.C == 0 {
		search := &gridSearch{LBFGS: s, labels: labels, y: y, n: d.Len(), weights: weights, x: features.x}
		if record.Sweep, record.HeldOut, err = search.run(ctx); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(record.Sweep, func(r SweepRow) bool { return r.Chosen })
		record.C = record.Sweep[i].C
	}
	p := newLogistic(features.x, upTo(d.Len()), y, len(labels), weights)
	p.c = record.C
	theta := make([]float64, p.dim())
	f, iterations, err := minimize(ctx, p, theta, goal{gap: solveTolerance})
	if err != nil {
		return nil, err
	}
	if math.IsNaN(f) {
		return nil, fmt.Errorf("lbfgs: the loss is not finite at C = %v; try a smaller C", record.C)
	}
	record.Objective, record.Iterations = f*p.c*p.total, iterations
	return features.head(theta, labels), nil
}

// upTo is 0…n−1.
func upTo(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}
