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
}

// Set joins a table with the rows of view 0. With splits given, only records of these are taken;
// "" stands for records without a split. Every row that is taken has been checked.
func (s *Store) Set(t *Table, splits ...string) (*Set, error) {
	set := &Set{store: s}
	for _, r := range t.Records {
		switch {
		case len(splits) > 0 && !slices.Contains(splits, r.Split):
		case r.Promised() && s.Has(r.Key, 0):
			set.Records = append(set.Records, r)
		default:
			set.Missing = append(set.Missing, r)
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
	for len(s.Records) > 0 {
		lacking := slices.Clone(s.Records)
		lacking = slices.DeleteFunc(lacking, func(r Record) bool { return s.store.Has(r.Key, s.Views+1) })
		if len(lacking) > 0 {
			if len(lacking) < len(s.Records) {
				s.Short = lacking
			}
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
	for _, r := range records {
		if _, ok := seen[r.Label]; !ok && r.Label != "" {
			seen[r.Label] = 0
			s.Labels = append(s.Labels, r.Label)
		}
	}
	slices.Sort(s.Labels)
	for i, l := range s.Labels {
		seen[l] = int32(i)
	}
	seen[""] = -1
	s.labels = make([]int32, len(records))
	for i, r := range records {
		s.labels[i] = seen[r.Label]
	}
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
	r := &s.Records[i]
	if err := s.store.Row(r.Key, view, dst); err != nil {
		return fmt.Errorf("%q: %w", r.Path, err)
	}
	return nil
}
