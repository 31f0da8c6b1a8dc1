package features

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"graft/extractor/pixels"
)

// Info is what a folder of features holds.
type Info struct {
	Dir  string
	Meta Meta
	// Partitions is how many folders the store has; 0: it is one.
	Partitions int `json:",omitempty"`

	Parts    int
	Bytes    int64   // of the parts
	Rows     int     // of all views
	Views    []Count // rows of each view
	Tables   []TableInfo
	Problems []Problem
}

// TableInfo is what a samples table holds.
type TableInfo struct {
	Name      string // file in the folder
	Root      string // of the data
	Scanned   time.Time
	Samples   int
	Ready     int      // samples with features
	Lost      []string // paths of samples that have lost theirs: see Store.Lost
	NotFinite int      // of these: features that are not finite
	Errors    int      // samples that could not be read
	Splits    []Count  // samples of each split; "" = without
	Labels    []Count  // samples of each label; "" = without
}

// A Count is how many samples or rows have a name or number.
type Count struct {
	Name string
	View int
	N    int
}

// Info counts what is there. It reads everything, since what is damaged is not there. A damaged table
// is among the problems.
func (s *Store) Info() (Info, error) {
	i := Info{Dir: s.dir, Meta: s.meta}
	names, err := s.Tables()
	if err != nil {
		return i, err
	}
	s.checkParts()
	s.mu.RLock()
	i.Parts, i.Bytes, i.Rows = len(s.parts), s.bytes(), len(s.index)
	views := map[int]int{}
	for id := range s.index {
		views[int(id.View)]++
	}
	s.mu.RUnlock()
	for _, v := range slices.Sorted(maps.Keys(views)) {
		i.Views = append(i.Views, Count{View: v, N: views[v]})
	}
	for _, name := range names {
		t, err := s.ReadTable(name)
		if err != nil {
			i.Problems = append(i.Problems, Problem{File: name, Err: err})
			continue
		}
		i.Tables = append(i.Tables, s.tableInfo(name, t))
	}
	i.Problems = append(s.Problems(), i.Problems...)
	return i, nil
}

func (s *Store) tableInfo(name string, t *Table) TableInfo {
	i := TableInfo{Name: name, Root: t.Root, Scanned: t.Scanned, Samples: len(t.Records)}
	splits, labels := map[string]int{}, map[string]int{}
	for _, r := range t.Records {
		splits[r.Split]++
		labels[r.Label]++
		if r.Error != "" {
			i.Errors++
		} else if s.Has(r.Key, 0) {
			i.Ready++
		}
	}
	notFinite := map[pixels.Key]bool{}
	for _, p := range s.Problems() {
		notFinite[p.key()] = errors.Is(p, ErrNotFinite)
	}
	for _, r := range s.Lost(t) {
		if i.Lost = append(i.Lost, r.Path); notFinite[r.Key] {
			i.NotFinite++
		}
	}
	i.Splits, i.Labels = named(splits), named(labels)
	return i
}

func named(n map[string]int) []Count {
	var list []Count
	for name, k := range n {
		list = append(list, Count{Name: name, N: k})
	}
	slices.SortFunc(list, func(a, b Count) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
