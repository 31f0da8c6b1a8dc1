package session

import (
	"context"
	"fmt"
	"slices"

	"graft/cmd/graft/internal/label/book"
	"graft/head"
	"graft/head/audit"
)

// rowsOf are some rows of the pool, with labels: head.Data.
type rowsOf struct {
	s       *Session
	rows, y []int
}

func (r rowsOf) Len() int                       { return len(r.rows) }
func (r rowsOf) Dim() int                       { return r.s.pool.D }
func (r rowsOf) Label(i int) int                { return r.y[i] }
func (r rowsOf) Row(i int, dst []float32) error { copy(dst, r.s.pool.Row(r.rows[i])); return nil }
func (r rowsOf) SafeForConcurrentUse() bool     { return true }

var _ head.Data = rowsOf{}

// plain are tiny pictures of one shade, which are like no other: only features are compared.
type plain int

func (p plain) Len() int                       { return int(p) }
func (p plain) Dim() int                       { return 64 }
func (p plain) Row(_ int, dst []float32) error { clear(dst); return nil }

// certain are near duplicates by features alone.
var certain = audit.Near{Cosine: 0.9, Certain: 0.9}

// Check looks for near duplicates, and for labels that are probably wrong: by confident learning
// (see audit.Suspects), and copies of one photograph in two classes. It takes a while; the views Near and
// Suspects have it then.
func (s *Session) Check(ctx context.Context) error {
	if err := s.Settled(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	var all, some rowsOf
	all.s, some.s = s, s
	var images, labelled []audit.Image
	classes := s.book.Classes()
	for i := range s.pictures {
		p, m := &s.pictures[i], s.marks[i]
		if !p.ready {
			continue
		}
		im := audit.Image{Path: p.path, Key: p.key}
		if m.Kind == book.Labelled {
			im.Label = classes[m.Class].Name
			if !p.twin {
				some.rows, some.y, labelled = append(some.rows, i), append(some.y, m.Class), append(labelled, im)
			}
		}
		all.rows, images = append(all.rows, i), append(images, im)
	}
	s.mu.Unlock()
	groups, err := audit.Duplicates(ctx, images, all, plain(len(images)), certain)
	if err != nil && groups == nil {
		return err
	}
	near, across := s.grouped(groups)
	suspects := across
	if list, err := s.suspect(ctx, some, labelled); err == nil {
		suspects = append(suspects, Section{Title: "Labels that are probably wrong, the likeliest first", Class: -1, IDs: list})
	} else if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found.near, s.found.suspects = near, suspects
	s.change()
	return nil
}

// suspect are the rows whose labels are probably wrong.
func (s *Session) suspect(ctx context.Context, d rowsOf, images []audit.Image) (rows []int, err error) {
	ids := slices.Compact(slices.Sorted(slices.Values(d.y)))
	labels := make([]string, len(ids))
	s.mu.Lock()
	for k, c := range ids {
		labels[k] = s.book.Classes()[c].Name
	}
	s.mu.Unlock()
	for k, c := range d.y {
		d.y[k], _ = slices.BinarySearch(ids, c)
	}
	j, err := audit.Suspects(ctx, d, labels, images, s.reserve.Seed)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for k, im := range images {
		at[im.Path] = d.rows[k]
	}
	for _, suspect := range j.Suspects {
		rows = append(rows, at[suspect.Path])
	}
	return rows, nil
}

// grouped are groups of duplicates as sections: all, and those under two labels.
func (s *Session) grouped(groups []audit.Group) (all, across []Section) {
	at := map[string]int{}
	for i := range s.pictures {
		at[s.pictures[i].path] = i
	}
	for k, g := range groups {
		sec := Section{Title: fmt.Sprintf("%d: %s duplicates", k+1, g.Kind()), Class: -1}
		for _, im := range g.Images {
			sec.IDs = append(sec.IDs, at[im.Path])
		}
		all = append(all, sec)
		if g.AcrossLabels {
			sec.Title += " in two classes"
			across = append(across, sec)
		}
	}
	return all, across
}
