package features

import (
	"fmt"
	"slices"

	"graft/extractor/pixels"
)

// A Set is n labelled rows of features: the records of a table that have some, in its order. It
// reads from its Store, row by row, so it is as large in memory as its records. Safe for
// concurrent use while the Store is open.
type Set struct {
	Records []Record // n, those with features
	Missing []Record // those of the table (and split) without: unreadable, not extracted or damaged
	Labels  []string // that occur, sorted by bytes
	Views   int      // K: every record has the augmented views 1…K
	Short   []Record // those without view K+1, if others have it: it is damaged, or was not computed for all

	store  *Store
	labels []int32
	places []place // of view 0
}

// Set joins a table with the rows of view 0. With splits given, only records of these are taken;
// "" stands for records without a split. Every row that is taken has been checked. The set shares the
// table's records if it takes all of them; nobody may change them then.
func (s *Store) Set(t *Table, splits ...string) (*Set, error) {
	set, here, n := &Set{store: s}, make([]bool, len(t.Records)), 0
	for i := range t.Records {
		r := &t.Records[i]
		switch {
		case len(splits) > 0 && !slices.Contains(splits, r.Split):
		case r.Promised() && s.Has(r.Key, 0):
			here[i] = true
			n++
		default:
			set.Missing = append(set.Missing, *r)
		}
	}
	if set.Records = slices.Clip(t.Records); n < len(t.Records) {
		set.Records = make([]Record, 0, n)
		for i, ok := range here {
			if ok {
				set.Records = append(set.Records, t.Records[i])
			}
		}
	}
	if s.isClosed() {
		return nil, s.gone()
	}
	set.countViews()
	set.Select(set.Records)
	return set, nil
}

// countViews finds Views and Short.
func (s *Set) countViews() {
	for {
		has := func(r Record) bool { return s.store.Has(r.Key, s.Views+1) }
		if !slices.ContainsFunc(s.Records, has) {
			return
		}
		for _, r := range s.Records {
			if !has(r) {
				s.Short = append(s.Short, r)
			}
		}
		if s.Short != nil {
			return
		}
		s.Views++
	}
}

// Select makes the set one of other records, all of them with features: a part of its own, or the
// same with other labels or splits.
func (s *Set) Select(records []Record) {
	s.Records, s.Labels = records, nil
	seen := map[string]int32{}
	for i := range records {
		label := records[i].Label
		if _, ok := seen[label]; !ok && label != "" {
			seen[label] = 0
			s.Labels = append(s.Labels, label)
		}
	}
	slices.Sort(s.Labels)
	for i, l := range s.Labels {
		seen[l] = int32(i)
	}
	seen[""] = -1
	s.labels = make([]int32, len(records))
	for i := range records {
		s.labels[i] = seen[records[i].Label]
	}
	s.places = s.store.places(records)
}

// SafeForConcurrentUse is true: several goroutines may ask for rows at once.
func (s *Set) SafeForConcurrentUse() bool { return true }

// Len is n.
func (s *Set) Len() int { return len(s.Records) }

// Dim is d.
func (s *Set) Dim() int { return s.store.Dim() }

// Label is the index in Labels of record i's label, or -1 if it has none.
func (s *Set) Label(i int) int { return int(s.labels[i]) }

// Key is the key of record i.
func (s *Set) Key(i int) pixels.Key { return s.Records[i].Key }

// Row copies the features of record i, view 0, into dst, which has d values.
func (s *Set) Row(i int, dst []float32) error { return s.View(i, 0, dst) }

// View copies the features of record i and one of its views, 0 to Views, into dst.
func (s *Set) View(i, view int, dst []float32) error {
	if at := s.places[i]; view == 0 && at.part != nil && len(dst) == s.Dim() && at.part.row(int(at.row), dst) == nil {
		return nil
	}
	r := &s.Records[i]
	if err := s.store.Row(r.Key, view, dst); err != nil {
		return fmt.Errorf("%q: %w", r.Path, err)
	}
	return nil
}
