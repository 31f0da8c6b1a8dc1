package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor/dataset"
	"graft/head"
)

// solverFlags choose how a head is trained.
func solverFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "solver", Value: "rmsprop", Usage: "`rmsprop`, lbfgs (logistic regression, solved to its optimum) or knn"},
		&cli.StringFlag{Name: "class-weights", Value: "none", Usage: "`none`, auto (every class has the same weight), or a csv FILE with label and weight"},

		&cli.IntFlag{Name: "epochs", Value: 30, Usage: "rmsprop: pass `N` times over the images"},
		&cli.StringFlag{Name: "lr", Value: "0.001", Usage: "rmsprop: learning `RATE`, or auto: a grid of rates, compared on a hold-out"},
		&cli.IntFlag{Name: "batch", Value: 32, Usage: "rmsprop: take a step after every `N` images"},
		&cli.Float64Flag{Name: rmsAlpha, Value: 0.99, Usage: "rmsprop: decay `A` of the mean square"},
		&cli.Float64Flag{Name: "eps", Value: 1e-8, Usage: "rmsprop: `E` added to the root"},
		&cli.Float64Flag{Name: "momentum", Usage: "rmsprop: momentum `M`"},
		&cli.BoolFlag{Name: "centered", Usage: "rmsprop: divide by the standard deviation of the gradient"},
		&cli.Float64Flag{Name: "weight-decay", Usage: "rmsprop: `W` times the weights is added to their gradient"},
		&cli.Float64Flag{Name: "label-smoothing", Usage: "rmsprop: spread the fraction `S` of every label evenly over all classes"},
		&cli.BoolFlag{Name: "standardize", Usage: "rmsprop: train on features of mean 0 and standard deviation 1"},
		&cli.Float64Flag{Name: "feature-dropout", Usage: "rmsprop: leave features out with probability `P`"},
		&cli.StringFlag{Name: "schedule", Value: "constant", Usage: "rmsprop: the learning rate is `constant`, or falls along a cosine"},
		&cli.Float64Flag{Name: "warmup", Usage: "rmsprop: the learning rate rises from 0 over the first `N` epochs"},
		&cli.BoolFlag{Name: "scale-lr", Usage: "rmsprop: --lr is for batches of 32; for larger ones it is larger in proportion"},
		&cli.IntFlag{Name: "average", Usage: "rmsprop: the head is the mean of those after the last `N` epochs"},
		&cli.IntFlag{Name: "early-stop", Usage: "rmsprop: stop after `N` epochs without progress on a hold-out"},

		&cli.StringFlag{Name: "l2", Value: "auto", Usage: "lbfgs: inverse strength `C` of the penalty as in scikit-learn, or auto: 45 values, cross-validated"},
		&cli.BoolFlag{Name: "float16", Usage: "lbfgs: hold features as float16, in half the memory, rounded to 11 bits"},
		&cli.IntFlag{Name: "k", Value: 20, Usage: "knn: `N` neighbours vote"},
		&cli.Float64Flag{Name: "temperature", Value: 0.07, Usage: "knn: `T` of the votes"},
	}
}

// rmsAlpha is the flag of RMSprop's alpha. Once it was --alpha, which still takes a number for it.
const rmsAlpha = "rms-alpha"

// decayOption is RMSprop's alpha, by either flag.
func decayOption(c *cli.Context) float64 {
	if v, err := strconv.ParseFloat(c.String("alpha"), 64); err == nil && !c.IsSet(rmsAlpha) {
		return v
	}
	return c.Float64(rmsAlpha)
}

// solverOptions are those of --solver.
func solverOptions(c *cli.Context) (head.Solver, error) {
	weights, err := classWeights(c.String("class-weights"))
	if err != nil {
		return nil, err
	}
	switch name := c.String("solver"); name {
	case "rmsprop":
		return rmspropSolver(c, weights)
	case "lbfgs":
		return lbfgsSolver(c, weights)
	case "knn":
		if c.IsSet("class-weights") {
			return nil, usagef("--class-weights does not go with --solver knn")
		}
		return knnSolver(c)
	default:
		return nil, usagef("--solver is %q; it must be rmsprop, lbfgs or knn", name)
	}
}

func rmspropSolver(c *cli.Context, weights head.ClassWeights) (head.Solver, error) {
	s := head.RMSprop{
		Epochs: c.Int("epochs"), Batch: c.Int("batch"), Seed: c.Uint64("seed"),
		Alpha: decayOption(c), Eps: c.Float64("eps"), Momentum: c.Float64("momentum"), Centered: c.Bool("centered"),
		WeightDecay: c.Float64("weight-decay"), LabelSmoothing: c.Float64("label-smoothing"), ClassWeights: weights,
		Standardize: c.Bool("standardize"), FeatureDropout: c.Float64("feature-dropout"), EarlyStop: c.Int("early-stop"),
		Warmup: c.Float64("warmup"), LinearScaling: c.Bool("scale-lr"), Average: c.Int("average"),
	}
	if name := c.String("schedule"); name != head.Constant { // the default leaves no trace in the record
		s.Schedule = name
	}
	if s.Epochs == 0 || s.Batch == 0 { // zero would mean the default
		return nil, usagef("--epochs is %d and --batch is %d; both must be at least 1", s.Epochs, s.Batch)
	}
	if rate := c.String("lr"); rate == "auto" {
		s.RateAuto = true
	} else {
		v, err := strconv.ParseFloat(rate, 64)
		if err != nil || !(v > 0) {
			return nil, usagef("--lr is %q; it must be a number above 0, or auto", rate)
		}
		s.Rate = v
	}
	if err := s.Check(); err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

func lbfgsSolver(c *cli.Context, weights head.ClassWeights) (head.Solver, error) {
	s := head.LBFGS{Seed: c.Uint64("seed"), ClassWeights: weights, Float16: c.Bool("float16")}
	if text := c.String("l2"); text != "auto" {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || v == 0 {
			return nil, usagef("--l2 is %q; it must be a number above 0, or auto", text)
		}
		s.C = v
	}
	if err := s.Check(); err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

func knnSolver(c *cli.Context) (head.Solver, error) {
	s := head.KNN{K: c.Int("k"), Temperature: c.Float64("temperature")}
	if s.K < 1 {
		return nil, usagef("--k is %d; it must be at least 1", s.K)
	}
	if err := s.Check(); err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

// classWeights reads --class-weights.
func classWeights(text string) (head.ClassWeights, error) {
	switch text {
	case "none", "":
		return head.ClassWeights{}, nil
	case "auto":
		return head.ClassWeights{Auto: true}, nil
	}
	f, err := os.Open(text)
	if err != nil {
		return head.ClassWeights{}, fmt.Errorf("read the class weights: %w", err)
	}
	defer f.Close()
	given, err := readWeights(f)
	if err != nil {
		return head.ClassWeights{}, fmt.Errorf("class weights %q: %w", text, err)
	}
	return head.ClassWeights{Given: given}, nil
}

// readWeights reads lines of label,weight; a first line "label,weight" is a header.
func readWeights(r io.Reader) (map[string]float64, error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = 2
	weights := map[string]float64{}
	for first := true; ; first = false {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(line[1]), 64)
		if err != nil {
			if first {
				continue
			}
			return nil, fmt.Errorf("the weight of %q is %q, not a number", line[0], line[1])
		}
		weights[dataset.Label(line[0])] = v
	}
	if len(weights) == 0 {
		return nil, errors.New("it has no lines of label,weight")
	}
	return weights, nil
}
