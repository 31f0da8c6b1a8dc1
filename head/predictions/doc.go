// Package predictions writes predictions of photographs as a table or as JSON, and sorts the
// photographs into one folder per label.
//
// A [Rule] makes a [Prediction] of probabilities, [NewWriter] writes predictions in one of
// [Formats], and [Folders.Put] sorts a photograph.
package predictions
