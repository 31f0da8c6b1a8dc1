// Package audit says what features, labels and predictions tell about the data
// itself: duplicates, leaks between splits, labels that are probably wrong,
// classes that are too small. It looks and reports; it changes nothing.
package audit
