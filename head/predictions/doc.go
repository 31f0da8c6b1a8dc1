// Package predictions writes down what is predicted of photographs: as a table or as JSON, and by
// sorting the photographs into one folder a label.
//
// A [Rule] makes a [Prediction] of probabilities, [NewWriter] writes predictions in one of
// [Formats], and [Folders.Put] sorts a photograph.
package predictions
