// Package report makes what people look at: a grid of crops, and pages of what
// a head does well and where it errs. Everything is self-contained, one file a
// picture or page, readable without a network.
//
// It reads no files: pictures are handed in by the caller.
package report
