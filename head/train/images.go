package train

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/head"
	"graft/head/classify"
)

// Images counts the images of some data, and those of them that took no part in
// a job.
type Images struct {
	Total     int     // in the data
	Failed    int     // have no features: they could not be read, or the trunk could not do with them
	Lost      int     // had features, which are damaged or gone
	NotFinite int     // had features that are not finite
	Waiting   int     // were not extracted yet
	Short     int     // lack an augmented view that others have
	LeftOut   []Class // of classes that a head does not know
}

// A Class is some images of it. It marshals to JSON; the names of the fields are
// kept stable.
type Class struct {
	Label  string `json:"label"`
	Images int    `json:"images"`
}

// Images counts those of the data.
func (f *Features) Images() Images {
	return Images{Total: len(f.Records), Failed: len(f.Failed), Lost: len(f.Lost) - f.notFinite, NotFinite: f.notFinite, Waiting: len(f.Waiting), Short: f.short}
}

// without is Images with classes that were left out.
func (f *Features) without(classes []Class) Images {
	i := f.Images()
	i.LeftOut = classes
	return i
}

// NoteShort says which images of a set lack an augmented view that others have,
// so that nobody has it, and counts them.
func (f *Features) NoteShort(set *features.Set) {
	f.short = len(set.Short)
	for _, note := range listed(set.Short, func(features.Record) string {
		return fmt.Sprintf("it has no view %d, which others have", set.Views+1)
	}) {
		f.Progress.Note("%s", note)
	}
}

// maxNoted is how many images of a kind are named.
const maxNoted = 20

// missing finds the images that the folder promises features of and does not
// hold, and says so. Everything is read for it.
func (f *Features) missing() {
	f.Lost = f.store.Lost(&features.Table{Records: f.Records})
	for i := range f.Records {
		if f.Records[i].Waiting() {
			f.Waiting = append(f.Waiting, f.Records[i])
		}
	}
	reasons, notes := map[pixels.Key]error{}, []string{}
	for _, p := range f.store.Problems() {
		if p.ID != nil && p.ID.View == 0 { // is named by its photograph
			reasons[p.ID.Key] = p.Err
		} else {
			notes = append(notes, "damaged: "+filepath.Join(f.store.Dir(), p.Error()))
		}
	}
	for _, r := range f.Lost {
		if errors.Is(reasons[r.Key], features.ErrNotFinite) {
			f.notFinite++
		}
	}
	notes = append(notes, listed(f.Lost, func(r features.Record) string {
		if err := reasons[r.Key]; err != nil {
			return "its features are not used: " + err.Error()
		}
		return "its features are gone"
	})...)
	notes = append(notes, listed(f.Waiting, func(features.Record) string { return "it was not extracted yet" })...)
	said := f.Progress.Notes()
	for _, note := range notes {
		if !slices.Contains(said, note) { // a folder may be opened twice
			f.Progress.Note("%s", note)
		}
	}
}

// listed names images, the first of them.
func listed(list []features.Record, why func(features.Record) string) (notes []string) {
	for _, r := range list[:min(len(list), maxNoted)] {
		notes = append(notes, r.Path+": "+why(r))
	}
	if len(list) > maxNoted {
		notes = append(notes, fmt.Sprintf("and %d more like %s", len(list)-maxNoted, list[0].Path))
	}
	return notes
}

// judgeable leaves out the rows of classes that the head does not know, unless
// strict or if there are no others, which is an [*head.UnknownClassesError]. index
// is where the head has the classes of the rest.
func (r *Rows) judgeable(h *classify.Head, strict bool) (index []int, leftOut []Class, err error) {
	index, err = head.Match(h.Classes(), r.Labels)
	var unknown *head.UnknownClassesError
	if strict || !errors.As(err, &unknown) || len(unknown.Unknown) == len(unknown.Data) {
		return index, nil, err
	}
	counts := r.count()
	for _, label := range unknown.Unknown {
		leftOut = append(leftOut, Class{label, counts[label]})
		delete(counts, label)
	}
	var known []features.Record
	for _, record := range r.Records {
		if counts[record.Label] > 0 {
			known = append(known, record)
		}
	}
	r.Select(known)
	index, err = head.Match(h.Classes(), r.Labels)
	return index, leftOut, err
}

// count is how many rows each class has.
func (r *Rows) count() map[string]int {
	n := map[string]int{}
	for _, record := range r.Records {
		n[record.Label]++
	}
	return n
}

// warnUntrained says which classes other splits have and the one that is trained
// on has not.
func (f *Features) warnUntrained(trained *Rows) {
	for _, split := range []string{"val", "test"} {
		var order []string
		n := map[string]int{}
		for _, r := range f.Records {
			if r.Split == split && split != trained.Split && r.Promised() && r.Label != "" {
				if n[r.Label]++; n[r.Label] == 1 {
					order = append(order, r.Label)
				}
			}
		}
		for _, label := range trained.Labels {
			delete(n, label)
		}
		for _, label := range order {
			if n[label] > 0 {
				f.Progress.Note("warning: %s has %s of the class %q, of which %s has none: the head will not know it", split, images(n[label]), label, trained.Split)
			}
		}
	}
}

// images is "1 image" or "2 images".
func images(n int) string {
	if n == 1 {
		return "1 image"
	}
	return fmt.Sprintf("%d images", n)
}

// maxListed is how many classes are listed.
const maxListed = 20

// Unknown says what was left out because the head does not know it, "" if nothing
// was: "2 images of classes that the head does not know (moths 2)".
func (i Images) Unknown() string {
	if i.LeftOut == nil {
		return ""
	}
	total := 0
	var names []string
	for k, c := range i.LeftOut {
		total += c.Images
		if k < maxListed {
			names = append(names, fmt.Sprintf("%s %d", c.Label, c.Images))
		}
	}
	if more := len(i.LeftOut) - maxListed; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%s of classes that the head does not know (%s)", images(total), strings.Join(names, ", "))
}
