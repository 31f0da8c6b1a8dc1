// Package head trains, judges and compares linear classifiers on frozen features.
//
// Shapes: x is n×d float32, one sample a row; y holds class indices 0…C−1, positions in a
// list of labels; W is C×d, one class a row; probabilities are n×C float64, rows sum to 1.
//
// Three values of [Solver] make something that predicts: [RMSprop] (the default, step for step
// what PyTorch does), [LBFGS] (regularised logistic regression, solved to its optimum) and
// [KNN] (a baseline without training). [Evaluate] judges any of them,
// [Calibrate] fits a temperature, [CrossValidate] estimates what new data would give,
// package metrics
// holds the reports and says whether one classifier is better than another.
//
// The package reads no files and prints nothing: data comes through [Data], progress goes
// to a callback, results are structs that marshal to JSON under documented names.
//
// # Randomness
//
// Everything random is drawn from PCG (math/rand/v2) seeded with the pair (seed, stream);
// the streams are 1 for the start, 2 for the shuffling, 3 for feature dropout and 4 for
// folds and hold-outs. Integers below n are the high word of a 64×64-bit product and
// shuffles are Fisher and Yates's, so that results do not depend on the Go version, nor on
// the number of cores.
package head
