package train

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"graft/extractor"
	"graft/head"
	"graft/head/classify"
	"graft/head/metrics"
)

// CompareOptions say which heads are compared, and on what.
type CompareOptions struct {
	Source
	Heads  [2]string // files
	Split  string    // as in [EvaluateOptions]
	Strict bool      // as in [EvaluateOptions]
}

// A Compared pair of heads. It marshals to JSON; the names of the fields are kept
// stable.
type Compared struct {
	*metrics.Comparison
	LeftOut []Class `json:"left_out"` // images of classes that one of the heads does not know
	Data    Images  `json:"-"`        // all of them
}

// ErrAllTrainedOn says that there is no image that neither of two heads was
// trained on.
var ErrAllTrainedOn = errors.New("compare: every image was trained on by one of the heads")

// Compare says whether one head is better than another on the images that both
// may be judged on. Images that one of them was trained on are left out, and those
// of classes that one of them does not know.
func Compare(ctx context.Context, o CompareOptions) (*Compared, error) {
	if o.Ingest.Progress == nil {
		o.Ingest.Progress = new(extractor.Progress)
	}
	var heads [2]*verdicts
	for i, path := range o.Heads {
		var err error
		if heads[i], err = o.verdicts(ctx, path); err != nil {
			return nil, err
		}
	}
	a, b := heads[0], heads[1]
	leftOut := either(a.leftOut, b.leftOut)
	a.leave(leftOut)
	b.leave(leftOut)
	y, ofA, ofB := common(a.of, b.of)
	switch {
	case len(y) == 0 && len(a.of)+len(b.of) == 0:
		return nil, errors.New("compare: no image is of a class that both heads know")
	case len(y) == 0:
		return nil, ErrAllTrainedOn
	}
	if left := max(len(a.of), len(b.of)) - len(y); left > 0 {
		o.Ingest.Progress.Note("%d images that one of the heads was trained on are left out", left)
	}
	r := &Compared{Comparison: metrics.Compare(y, ofA, ofB), LeftOut: append([]Class{}, leftOut...), Data: a.data}
	r.Data.LeftOut = leftOut
	return r, nil
}

// A verdict is the class that a head predicts for an image, and the true one.
type verdict struct{ predicted, truth string }

// verdicts are those of a head on every image that is judged, by path.
type verdicts struct {
	of      map[string]verdict
	leftOut []Class
	data    Images
}

// leave leaves out the images of some classes.
func (v *verdicts) leave(classes []Class) {
	for _, c := range classes {
		maps.DeleteFunc(v.of, func(_ string, v verdict) bool { return v.truth == c.Label })
	}
}

// either is the classes that are in one of two lists, sorted by name.
func either(a, b []Class) []Class {
	list := slices.Concat(a, b)
	slices.SortFunc(list, func(a, b Class) int { return cmp.Or(cmp.Compare(a.Label, b.Label), b.Images-a.Images) })
	return slices.CompactFunc(list, func(a, b Class) bool { return a.Label == b.Label })
}

func (o CompareOptions) verdicts(ctx context.Context, path string) (*verdicts, error) {
	h, err := classify.ReadHead(path)
	if err != nil {
		return nil, err
	}
	f, err := Open(ctx, o.Source, h)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := f.Judged(h, o.Split)
	if err != nil {
		return nil, err
	}
	_, leftOut, err := r.judgeable(h, o.Strict)
	if err != nil {
		return nil, err
	}
	p, err := head.Probabilities(ctx, h, r)
	if err != nil {
		return nil, r.named(err)
	}
	v := &verdicts{of: map[string]verdict{}, leftOut: leftOut, data: f.Images()}
	for i, k := range metrics.Predictions(p, len(h.Classes())) {
		v.of[r.Records[i].Path] = verdict{h.Classes()[k], r.Records[i].Label}
	}
	return v, nil
}

// common is the images that both heads judge: their true classes, and what each
// predicts, as numbers of names.
func common(a, b map[string]verdict) (y, ofA, ofB []int) {
	numbers := map[string]int{}
	number := func(name string) int {
		if _, ok := numbers[name]; !ok {
			numbers[name] = len(numbers)
		}
		return numbers[name]
	}
	for path, va := range a {
		if vb, ok := b[path]; ok {
			y, ofA, ofB = append(y, number(va.truth)), append(ofA, number(va.predicted)), append(ofB, number(vb.predicted))
		}
	}
	return y, ofA, ofB
}
