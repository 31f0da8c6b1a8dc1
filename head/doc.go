// Package head trains, judges and calibrates linear classifiers on frozen features.
//
// Call [RMSprop.Fit] to train a [Head], and [Evaluate] to judge it:
//
//	h, record, err := head.RMSprop{}.Fit(ctx, train, labels, nil)
//	report, err := head.Evaluate(ctx, h, val, metrics.Options{})
//
// Shapes: x is n×d float32, one sample per row; y holds class indices 0…C−1, positions in a list
// of labels; W is C×d, one class per row; probabilities are n×C float64, rows sum to 1.
//
// There are three values of [Solver]: [RMSprop] (the default, step for step what PyTorch does),
// [LBFGS] (regularised logistic regression, solved to its optimum) and [KNN] (a baseline without
// training). [CrossValidate] estimates the accuracy on new data, [CrossCalibrate] fits a
// temperature, [AdviseTap] compares features of several taps. Package metrics holds the reports
// and says whether one classifier is better than another.
//
// The package reads no files and prints nothing: data comes through [Data], progress goes to a
// callback, results are structs that marshal to JSON under documented names.
//
// # Randomness
//
// Everything random is drawn from PCG (math/rand/v2) seeded with the pair (seed, stream); the
// streams are 1 for initial parameters, 2 for shuffling, 3 for feature dropout and 4 for folds and
// hold-outs. Integers below n are the high word of a 64×64-bit product and shuffles are Fisher and
// Yates's, so that results depend neither on the Go version nor on the number of cores.
//
// # The same bytes
//
// The same data and settings give the same head, byte for byte, on any number of cores and with
// whatever instructions a processor has, on amd64 and arm64 alike: package internal/kernel fixes the order of
// sums and has exponentials and logarithms of its own, and where Go could fuse a product with the sum after it a
// conversion forbids that. They are the same bytes of every solver.
package head
