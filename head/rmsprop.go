package head

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// RMSprop trains a head by softmax cross-entropy and RMSprop, a batch at a time: a [Solver]. The
// zero value is the default recipe.
type RMSprop struct {
	Rate        float64 `json:"lr"`     // learning rate; 0 means 0.001. The first step moves every weight by 10 rates.
	Epochs      int     `json:"epochs"` // 0 means 30
	Batch       int     `json:"batch"`  // rows per step; 0 means 32
	Alpha       float64 `json:"alpha"`  // decay of the mean square, in [0, 1); 0 means 0.99
	Eps         float64 `json:"eps"`    // added to the root, outside it; 0 means 1e-8
	Seed        uint64  `json:"seed"`
	Momentum    float64 `json:"momentum"`     // in [0, 1)
	Centered    bool    `json:"centered"`     // divide by the standard deviation of the gradient instead of its root mean square
	WeightDecay float64 `json:"weight_decay"` // times the parameter, added to the gradient of weights and biases; ≥ 0

	LabelSmoothing float64      `json:"label_smoothing"` // in [0, 1)
	ClassWeights   ClassWeights `json:"class_weights"`
	Standardize    bool         `json:"standardize"`     // train on features of mean 0 and standard deviation 1; folded back into W and B
	FeatureDropout float64      `json:"feature_dropout"` // probability, in [0, 1), with which a feature is 0; the others are scaled up

	// RateAuto trains a candidate for each of Rates at once, as extra columns of the same
	// products, and takes the most accurate on the hold-out, of equals the one with the
	// lower loss (as DINOv2's linear.py). The rate is then used on all rows, unless
	// EarlyStop keeps the hold-out out. Rates nil means 1e-5 … 1e-2 in steps of 1, 2, 5.
	RateAuto bool      `json:"lr_auto"`
	Rates    []float64 `json:"lr_grid,omitempty"`
	// EarlyStop ends training after so many epochs without a lower loss on the hold-out,
	// and keeps the head of the best epoch. 0 means never.
	EarlyStop int `json:"early_stop"`
	// HoldOut is the fraction of each class that RateAuto and EarlyStop set aside, in (0, 1);
	// 0 means 0.2. Validation, if not nil, is used instead, and its score is part of every
	// epoch's report even if nothing depends on it. Its labels are those of the data.
	HoldOut    float64 `json:"hold_out"`
	Validation Data    `json:"-"`

	// Schedule changes the rate from step to step: [Constant], or "", or [Cosine]. Before it, over the first
	// Warmup epochs, the rate rises evenly from nearly 0. LinearScaling multiplies it by Batch/32.
	Schedule      string  `json:"schedule,omitempty"`
	Warmup        float64 `json:"warmup,omitempty"`
	LinearScaling bool    `json:"linear_scaling,omitempty"`
	// Average makes the head the mean of those after the last so many epochs; 0 means the last.
	Average int `json:"average,omitempty"`

	// KeepOnInterrupt ends training without an error if the context ends after the first epoch:
	// the head is that of the last whole epoch, and Record.Interrupted is set.
	KeepOnInterrupt bool `json:"-"`
	// OnBatch, if not nil, is told the number of rows of every batch that has been trained on.
	OnBatch func(rows int) `json:"-"`

	fixed *fixedStart // for tests: the initial parameters and the order of rows, which are drawn otherwise
}

// fixedStart replaces what is drawn from the seed.
type fixedStart struct {
	w, b  []float32
	order []int32 // one epoch's rows
}

// withDefaults fills in what zero stands for.
func (s RMSprop) withDefaults() RMSprop {
	setIfZero(&s.Rate, 0.001)
	setIfZero(&s.Epochs, 30)
	setIfZero(&s.Batch, 32)
	setIfZero(&s.Alpha, 0.99)
	setIfZero(&s.Eps, 1e-8)
	setIfZero(&s.HoldOut, 0.2)
	if s.RateAuto && s.Rates == nil {
		s.Rates = []float64{1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2}
	}
	if !s.RateAuto {
		s.Rates = nil
	}
	return s
}

func setIfZero[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

// Check reports a setting that is out of its range.
func (s RMSprop) Check() error {
	s = s.withDefaults()
	positive := func(v float64) bool { return v > 0 && !math.IsInf(v, 0) }
	fraction := func(v float64) bool { return v >= 0 && v < 1 }
	for _, c := range []struct {
		ok         bool
		name, want string
		value      any
	}{
		{positive(s.Rate), "lr", "above 0", s.Rate},
		{s.Epochs > 0, "epochs", "at least 1", s.Epochs},
		{s.Batch > 0, "batch", "at least 1", s.Batch},
		{fraction(s.Alpha), "alpha", "in [0, 1)", s.Alpha},
		{positive(s.Eps), "eps", "above 0", s.Eps},
		{fraction(s.Momentum), "momentum", "in [0, 1)", s.Momentum},
		{s.WeightDecay == 0 || positive(s.WeightDecay), "weight decay", "0 or more", s.WeightDecay},
		{fraction(s.LabelSmoothing), "label smoothing", "in [0, 1)", s.LabelSmoothing},
		{fraction(s.FeatureDropout), "feature dropout", "in [0, 1)", s.FeatureDropout},
		{s.EarlyStop >= 0, "early stop", "0 or more", s.EarlyStop},
		{slices.Contains([]string{"", Constant, Cosine}, s.Schedule), "schedule", "constant or cosine", s.Schedule},
		{s.Warmup >= 0 && s.Warmup <= float64(s.Epochs), "warm-up", "from 0 to the number of epochs", s.Warmup},
		{s.Average >= 0 && s.Average <= s.Epochs, "average", "from 0 to the number of epochs", s.Average},
		{s.Average == 0 || s.EarlyStop == 0, "average", "0 with early stop, which keeps the best epoch", s.Average},
		{positive(s.HoldOut) && s.HoldOut < 1, "hold-out", "between 0 and 1", s.HoldOut},
		{!slices.ContainsFunc(s.Rates, func(r float64) bool { return !positive(r) }), "lr grid", "all above 0", s.Rates},
	} {
		if !c.ok {
			return fmt.Errorf("rmsprop: %s is %v; it must be %s", c.name, c.value, c.want)
		}
	}
	return nil
}

// Memory counts the parameters with their state, two batches and the order of the rows.
func (s RMSprop) Memory(n, d, c int) int64 {
	s = s.withDefaults()
	parameters := int64(max(len(s.Rates), 1)) * int64(c) * int64(d+1)
	values := int64(2) // per parameter: itself and its mean square
	for _, more := range []bool{s.Centered, s.Momentum > 0, s.RateAuto || s.EarlyStop > 0 || s.Validation != nil, s.EarlyStop > 0} {
		if more { // the mean gradient, the momentum, a copy to validate, the best epoch
			values++
		}
	}
	if s.KeepOnInterrupt {
		values++
	}
	if s.Average > 0 {
		values += 2
	}
	batches := int64(batchesAhead(s.Batch)) * 2 * 4 * int64(s.Batch) * int64(d) // in two orders
	return 4*values*parameters + batches + 4*int64(n)
}

// Fit trains a [*Head] on d, step for step as PyTorch does: initial weights and biases of
// nn.Linear, uniform in ±1/√d; the rows in a new random order every epoch, the last batch
// smaller; the step
//
//	g += decay·p;  v = α·v + (1−α)·g²;  p −= rate·g/(√v + eps)
//
// with momentum and centering as in torch.optim.RMSprop. d streams: only two batches of it are
// held. observe, if not nil, is told every epoch as it ends. A row that is not finite is a
// [*RowError]; a loss that is not finite is an error that names epoch and batch. The same
// data and settings give the same bytes on any number of cores.
func (s RMSprop) Fit(ctx context.Context, d Data, labels []string, observe func(Epoch)) (Predictor, *Record, error) {
	if err := s.Check(); err != nil {
		return nil, nil, err
	}
	counts, err := checkData(d, labels)
	if err != nil {
		return nil, nil, err
	}
	s = s.withDefaults()
	if observe == nil {
		observe = func(Epoch) {}
	}
	record, done := newRecord("rmsprop", d, labels, counts)
	record.RMSprop = &s
	f := &rmspropFit{RMSprop: s, all: d, train: d, val: s.Validation, labels: labels, record: record, observe: observe}
	if f.val == nil && (s.RateAuto || s.EarlyStop > 0) {
		in, out, err := HoldOut(classes(d), labels, s.HoldOut, s.Seed)
		if err != nil {
			return nil, nil, &FoldsError{ForRate, fmt.Errorf("rmsprop: %w", err)}
		}
		f.train, f.val = Subset(d, in), Subset(d, out)
		record.HeldOut = len(out)
	}
	if err := checkValidation(f.val, d, labels); err != nil {
		return nil, nil, fmt.Errorf("rmsprop: %w", err)
	}
	h, err := f.run(ctx)
	if err != nil {
		return nil, nil, err
	}
	done()
	return h, record, nil
}

// rmspropFit is one call of Fit.
type rmspropFit struct {
	RMSprop              // defaults filled in
	all, train, val Data // val is nil if nothing is held out
	labels          []string
	record          *Record
	observe         func(Epoch)
}

// run searches for the rate if it is to be chosen, and trains with it.
func (f *rmspropFit) run(ctx context.Context) (*Head, error) {
	f.record.Rate = f.Rate
	if f.RateAuto {
		search, err := f.newTrainer(ctx, f.Rates)
		if err != nil {
			return nil, err
		}
		search.stage = "lr search"
		if err := search.epochs(ctx, f.observe); err != nil {
			return nil, err
		}
		leader := search.leader()
		f.record.Rate, f.record.Rates = f.Rates[leader], search.table()
		if f.EarlyStop > 0 || search.interrupted {
			return f.keep(search, leader), nil
		}
		f.record.Waiting = search.loader.waited.Seconds()
		if f.Validation == nil {
			f.train, f.val = f.all, nil
		}
	}
	t, err := f.newTrainer(ctx, []float64{f.record.Rate})
	if err != nil {
		return nil, err
	}
	if err := t.epochs(ctx, f.observe); err != nil {
		return nil, err
	}
	return f.keep(t, 0), nil
}

// keep is the head of one candidate of a training that has ended, which is recorded.
func (f *rmspropFit) keep(t *trainer, candidate int) *Head {
	f.record.Epochs, f.record.Interrupted = t.curve, t.interrupted
	f.record.Waiting += t.loader.waited.Seconds()
	if f.EarlyStop > 0 {
		f.record.StoppedAt = t.candidates[candidate].bestEpoch
	}
	return t.trained(candidate)
}
