package predictions

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/head/classify"
)

// A Classifier labels the photographs of a dataset, in order: a
// [classify.Classifier], or one on another machine.
type Classifier interface {
	Labels() []string
	ClassifyAll(context.Context, *dataset.Dataset, *extractor.Progress) iter.Seq2[classify.Prediction, error]
}

var _ Classifier = (*classify.Classifier)(nil)

// A Run labels the photographs of parts and writes what it says of them.
type Run struct {
	Classifier Classifier
	Parts      iter.Seq2[*dataset.Dataset, error]
	Rule       Rule
	Writer     Writer
	Folders    *Folders // sorts the photographs by label; nil: nowhere
	// Progress, if not nil, counts images; those that cannot be read are noted.
	Progress *extractor.Progress
}

// Done is what a run has done.
type Done struct {
	Images int                    // that were there
	Failed int                    // of them unreadable
	Placed [PlacedAlready + 1]int // sorted into folders, by what became of them
}

// Do labels every photograph and writes a line for each that can be read, in
// order. On an error, Done says how far it came.
func (r Run) Do(ctx context.Context) (*Done, error) {
	if r.Progress == nil {
		r.Progress = new(extractor.Progress)
	}
	done, labels := new(Done), r.Classifier.Labels()
	for data, err := range r.Parts {
		if err != nil {
			return done, err
		}
		if err := r.part(ctx, data, labels, done); err != nil {
			return done, err
		}
	}
	return done, r.Writer.Close()
}

func (r Run) part(ctx context.Context, data *dataset.Dataset, labels []string, done *Done) error {
	i := -1 // of the photograph in data
	for p, err := range r.Classifier.ClassifyAll(ctx, data, r.Progress) {
		if err != nil {
			return err
		}
		i++
		done.Images++
		if p.Err != nil {
			done.Failed++
			r.Progress.Note("%s", unreadable(p.Path, p.Err))
			continue
		}
		prediction := r.Rule.Predict(p.Path, labels, p.P)
		if r.Folders != nil {
			placed, err := r.place(data, i, prediction.Label)
			if err != nil {
				return err
			}
			done.Placed[placed]++
		}
		if err := r.Writer.Write(prediction); err != nil {
			return err
		}
	}
	return nil
}

// place sorts photograph i of some data into the folder of its label.
func (r Run) place(data *dataset.Dataset, i int, label string) (Placed, error) {
	s := data.Samples[i]
	if !data.Archived() {
		return r.Folders.Put(s.Path, label)
	}
	content, err := data.Read(s, nil)
	if err != nil {
		return 0, err
	}
	return r.Folders.PutContent(s.Path, content, label)
}

// unreadable says why an image could not be read, and names it once.
func unreadable(path string, err error) string {
	reason := strings.Join(strings.Fields(err.Error()), " ")
	return path + ": " + strings.TrimPrefix(reason, fmt.Sprintf("read %q: ", path))
}
