package train

import (
	"context"
	"errors"

	"graft/extractor"
	"graft/head"
	"graft/head/classify"
	"graft/head/metrics"
)

// CompareOptions say which heads are compared, and on what.
type CompareOptions struct {
	Source
	Heads [2]string // files
	Split string    // as in [EvaluateOptions]
}

// A Compared pair of heads.
type Compared struct {
	*metrics.Comparison
	Total  int // images of the data
	Failed int // of them without features
}

// ErrAllTrainedOn says that there is no image that neither of two heads was
// trained on.
var ErrAllTrainedOn = errors.New("compare: every image was trained on by one of the heads")

// Compare says whether one head is better than another on the images that both
// may be judged on. Images that one of them was trained on are left out.
func Compare(ctx context.Context, o CompareOptions) (*Compared, error) {
	if o.Ingest.Progress == nil {
		o.Ingest.Progress = new(extractor.Progress)
	}
	result := new(Compared)
	var heads [2]map[string]verdict
	for i, path := range o.Heads {
		var err error
		if heads[i], err = o.verdicts(ctx, path, result); err != nil {
			return nil, err
		}
	}
	y, a, b := common(heads[0], heads[1])
	if len(y) == 0 {
		return nil, ErrAllTrainedOn
	}
	if left := max(len(heads[0]), len(heads[1])) - len(y); left > 0 {
		o.Ingest.Progress.Note("%d images that one of the heads was trained on are left out", left)
	}
	result.Comparison = metrics.Compare(y, a, b)
	return result, nil
}

// A verdict is the class that a head predicts for an image, and the true one.
type verdict struct{ predicted, truth string }

// verdicts are those of a head on every image that is judged, by path.
func (o CompareOptions) verdicts(ctx context.Context, path string, result *Compared) (map[string]verdict, error) {
	h, err := classify.ReadHead(path)
	if err != nil {
		return nil, err
	}
	f, err := Open(ctx, o.Source, h)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	result.Total, result.Failed = len(f.Records), len(f.Failed)
	r, err := f.Judged(h, o.Split)
	if err != nil {
		return nil, err
	}
	if _, err := head.Match(h.Classes(), r.Labels); err != nil {
		return nil, err
	}
	p, err := head.Probabilities(ctx, h, r)
	if err != nil {
		return nil, r.named(err)
	}
	all := map[string]verdict{}
	for i, k := range metrics.Predictions(p, len(h.Classes())) {
		all[r.Records[i].Path] = verdict{h.Classes()[k], r.Records[i].Label}
	}
	return all, nil
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
