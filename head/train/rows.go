package train

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/head"
	"graft/head/classify"
	"graft/head/metrics"
)

// Rows are the images of one split that have features, with their classes
// sorted by name: a [head.Viewer].
type Rows struct {
	*features.Set
	Split string // "" if the data has none

	meta  features.Meta
	views int // augmented views to train on
}

var _ head.Viewer = (*Rows)(nil)

// Views is how many augmented views of each image to train on.
func (r *Rows) Views() int { return r.views }

// A ViewsError says that features have fewer augmented views than are wanted.
type ViewsError struct {
	Features   string
	Have, Want int
}

// Error names the features.
func (e *ViewsError) Error() string {
	return fmt.Sprintf("%s has %d augmented views of each image, not %d", e.Features, e.Have, e.Want)
}

// Training picks the images to train on: the split train; of data without
// splits, what the stable split leaves of which about val (0…1) of each class is
// kept for judging; with val 0 all.
func (f *Features) Training(val float64) (*Rows, error) {
	split := "train"
	if !f.hasSplits() {
		if val > 0 {
			if err := f.splitByHash(val); err != nil {
				return nil, err
			}
			f.Progress.Note("the data has no splits: about %.0f %% of each class is kept for eval", 100*val)
		} else {
			split = ""
		}
	}
	return f.rows(split, everything)
}

// Judged picks the images that a head may be judged on; see the package. That the only split is the
// one that was trained on, and folders lie beside it that are not read, is a [*DataError].
func (f *Features) Judged(h *classify.Head, split string) (*Rows, error) {
	named := split != ""
	for _, s := range []string{"val", "test", "train"} {
		if split == "" && f.hasSplit(s) {
			split = s
		}
	}
	all, err := f.rows(split, everything)
	if err != nil {
		return nil, err
	}
	seen := 0
	for _, r := range all.Records {
		if h.TrainedOn.Has(r.Key) {
			seen++
		}
	}
	switch {
	case seen == 0:
		return all, nil
	case !named && split == "train" && f.data != nil && len(f.data.Beside) > 0:
		return nil, f.besideTrain()
	case split != "" || seen == all.Len():
		f.Progress.Note("warning: the head was trained on %d of these %d images, so the accuracy says little of new ones", seen, all.Len())
		return all, nil
	}
	f.Progress.Note("the head was trained on %d of these %d images; the other %d are judged", seen, all.Len(), all.Len()-seen)
	return f.rows(split, func(r features.Record) bool { return !h.TrainedOn.Has(r.Key) })
}

// besideTrain says that what should be judged is not read.
func (f *Features) besideTrain() error {
	first := f.data.Beside[0]
	return &DataError{fmt.Sprintf("the only split of %q is train, which the head was trained on; %q lies beside it and is not read", f.data.Root, first),
		fmt.Sprintf("call that folder val or test, or judge it by itself: %s", filepath.Join(f.data.Root, first))}
}

// rows picks the images with features that are wanted. One without a label is an
// error, and so is finding none.
func (f *Features) rows(split string, want func(features.Record) bool) (*Rows, error) {
	set, err := f.Set(split)
	if err != nil {
		return nil, err
	}
	unwanted := func(r features.Record) bool { return !want(r) }
	if slices.ContainsFunc(set.Records, unwanted) { // they may be those of f
		set.Select(slices.DeleteFunc(slices.Clone(set.Records), unwanted))
	}
	if set.Len() == 0 {
		return nil, fmt.Errorf("%s has no images%s that could be read", f.Name, inSplit(split))
	}
	for _, r := range set.Records {
		if r.Label == "" {
			return nil, &DataError{fmt.Sprintf("%q has no label", r.Path), adviceFolders}
		}
	}
	if f.Views > set.Views {
		return nil, &ViewsError{Features: f.Name, Have: set.Views, Want: f.Views}
	}
	return &Rows{Set: set, Split: split, meta: f.Meta, views: f.Views}, nil
}

// everything wants all records.
func everything(features.Record) bool { return true }

func inSplit(split string) string {
	if split == "" {
		return ""
	}
	return fmt.Sprintf(" in the split %q", split)
}

// keys lists the keys of all rows.
func (r *Rows) keys() []pixels.Key {
	keys := make([]pixels.Key, r.Len())
	for i := range keys {
		keys[i] = r.Key(i)
	}
	return keys
}

// classes lists the class of every row, an index into Labels.
func (r *Rows) classes() []int {
	y := make([]int, r.Len())
	for i := range y {
		y[i] = r.Label(i)
	}
	return y
}

// fingerprint is the SHA-256 of the keys and labels of all rows, in their order.
func (r *Rows) fingerprint() string {
	sum := sha256.New()
	for i := range r.Records {
		key := r.Key(i)
		sum.Write(key[:])
		fmt.Fprintf(sum, "%q", r.Records[i].Label)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// named puts the photograph's name into an error about a row.
func (r *Rows) named(err error) error {
	var row *metrics.RowError
	if errors.As(err, &row) && row.Row < len(r.Records) {
		return fmt.Errorf("%q: %w", r.Records[row.Row].Path, row.Err)
	}
	return err
}
