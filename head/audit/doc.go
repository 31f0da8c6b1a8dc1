// Package audit finds problems of the data itself, from features, labels and
// measurements of the pictures. It reads no files and changes nothing. Call
// [Duplicates] and [Suspects] first:
//
//	Duplicates    exact and near duplicates: within a split, across splits (a leak)
//	              and under two labels
//	Suspects      labels that are probably wrong, by confident learning
//	Remarks       pictures that are tiny, dark, blurred, empty, gray, rotated or misnamed
//	CountClasses  classes that are missing, small or out of proportion
//
// A Report is all of it; it marshals to JSON, and package report makes a page of it.
package audit
