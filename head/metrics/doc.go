// Package metrics scores predictions, with confidence intervals, and compares classifiers. [Judge]
// makes a [Report] of the probabilities that a classifier gave; [Compare] tests two classifiers on
// the same rows.
//
// Shapes: p is n×c probabilities, float64, one row of c after another, each with the sum 1;
// y holds n class indices 0…c−1. A function panics where these lengths do not fit one another.
// Results marshal to JSON under names that are kept stable.
package metrics
