package audit

import (
	"cmp"
	"context"
	"slices"

	"graft/head"
)

// A Group is photographs that are duplicates of one another, exact or near.
type Group struct {
	Images       []Image `json:"images"`        // two or more, in the order of the data
	Exact        bool    `json:"exact"`         // all files have the same content
	Similarity   float64 `json:"similarity"`    // the lowest cosine that joins near duplicates, see Near; 1 if exact
	AcrossSplits bool    `json:"across_splits"` // a leak: a test image is also a training image
	AcrossLabels bool    `json:"across_labels"` // the same photograph under two labels

	first int // row of the first image
}

// Duplicates groups photographs of the same content and, if features is not nil,
// near duplicates; see [Near]. features are n×d, pictures n×p luminances of tiny
// versions of the images; both have a row per image, in the order of images. The
// groups that leak come first, then those with two labels, then the others, each
// in the order of the data.
//
// Groups are connected components: a chain of near duplicates is one group. If
// the features are too alike to compare, the exact groups are returned together
// with a [*TooAlikeError]. A row that cannot be used is a [*head.RowError].
func Duplicates(ctx context.Context, images []Image, features, pictures head.Rows, s Near) ([]Group, error) {
	sets := newSets(len(images))
	rows := sets.joinKeys(images)
	lowest := map[int]float64{} // by root
	var err error
	if features != nil {
		var pairs []pair
		pairs, err = nearPairs(ctx, head.SubsetRows(features, rows), head.SubsetRows(pictures, rows), s)
		for _, p := range pairs {
			sets.join(rows[p.A], rows[p.B])
		}
		for _, p := range pairs {
			root := sets.root(rows[p.A])
			if v, ok := lowest[root]; !ok || p.Cosine < v {
				lowest[root] = p.Cosine
			}
		}
	}
	return sets.groups(images, lowest), err
}

// sets is a union-find forest: the parent of every row, a root being its own.
type sets []int

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func (s sets) root(i int) int {
	for s[i] != i {
		s[i] = s[s[i]] // path halving
		i = s[i]
	}
	return i
}

// join unites two sets under the smaller root.
func (s sets) join(i, j int) {
	a, b := s.root(i), s.root(j)
	s[max(a, b)] = min(a, b)
}

// joinKeys joins images of the same content and returns the first row of each content.
func (s sets) joinKeys(images []Image) []int {
	first, rows := map[[32]byte]int{}, []int{}
	for i, m := range images {
		if j, ok := first[m.Key]; ok {
			s.join(i, j)
			continue
		}
		first[m.Key] = i
		rows = append(rows, i)
	}
	return rows
}

// groups lists the sets of two or more images.
func (s sets) groups(images []Image, lowest map[int]float64) []Group {
	members := map[int][]int{}
	for i := range images {
		members[s.root(i)] = append(members[s.root(i)], i)
	}
	groups := []Group{}
	for root, rows := range members {
		if len(rows) < 2 {
			continue
		}
		g := Group{Exact: true, Similarity: 1, first: root}
		for _, i := range rows {
			m := images[i]
			g.Images = append(g.Images, m)
			g.Exact = g.Exact && m.Key == images[root].Key
			g.AcrossSplits = g.AcrossSplits || m.Split != images[root].Split
			g.AcrossLabels = g.AcrossLabels || m.Label != images[root].Label
		}
		if v, ok := lowest[root]; ok && !g.Exact {
			g.Similarity = v
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b Group) int { return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.first, b.first)) })
	return groups
}

// rank orders groups: the lower, the more harmful to a classifier.
func (g Group) rank() int {
	switch {
	case g.AcrossSplits:
		return 0
	case g.AcrossLabels:
		return 1
	}
	return 2
}
