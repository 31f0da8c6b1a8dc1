// Package train leads from labelled features to heads and their judgement: it
// opens photographs or a folder of features, decides which rows are trained on
// and which may be judged, fits heads, and evaluates and compares them.
//
// [Fit] trains a head and writes it, [Evaluate] judges one. [Open] gives the
// [Features] behind both.
//
// # Which rows
//
// Training takes the split train. Data without splits is divided by a hash of
// the file names, the same way for ever; see dataset.Split.
//
// What a head was trained on is not judged: judged is the split that is named;
// else val, or test, or train where the data has one of these; else everything
// that the head was not trained on. If the images of a split that is named were
// trained on, they are judged, and a note says so.
package train
