// Package audit says what features, labels and predictions tell about the data
// itself. It looks and reports; it changes nothing, and reads no files.
//
//	Duplicates    the same photograph twice, exactly or nearly: within a split, across
//	              splits (a leak) and under two labels
//	Suspects      labels that are probably wrong, by confident learning
//	Remarks       pictures that are tiny, dark, blurred, empty, gray, turned or misnamed
//	CountClasses  classes that are missing, small or out of proportion
//
// A Report is all of it; it marshals to JSON, and package report makes a page of it.
package audit
