package audit

import (
	"maps"
	"slices"
)

// Limits of the remarks about classes.
const (
	// imbalancedRatio is the ratio of the largest to the smallest class from
	// which on data counts as imbalanced: a head that always predicts the larger
	// of two such classes is right three times out of four.
	imbalancedRatio = 3
	// fewToEvaluate: with fewer images the 95 % interval of a class's recall is
	// wider than ±20 points (Wilson's, at a recall of one half).
	fewToEvaluate = 20
	// fewToTrain: with fewer images, one of five folds has none to judge on.
	fewToTrain = 5
)

// Classes is how the images are distributed over the classes.
type Classes struct {
	Sizes      []ClassSize `json:"sizes"`      // sorted by label
	Ratio      float64     `json:"ratio"`      // largest to smallest class; 0 if there are fewer than two
	Imbalanced bool        `json:"imbalanced"` // Ratio is 3 or more
	Remarks    []ClassSize `json:"remarks"`    // classes, or their parts in a split, with a Problem
}

// ClassSize is the number of images of a class, in all and in each split.
type ClassSize struct {
	Label   string         `json:"label"`
	Split   string         `json:"split,omitempty"` // remarks only: the split concerned
	Images  int            `json:"images"`          // in all; of a remark: in the split
	Splits  map[string]int `json:"splits,omitempty"`
	Problem string         `json:"problem,omitempty"`
}

// CountClasses counts labelled images and remarks on classes that are missing
// from a split, too small to evaluate or too small to train. empty lists classes
// that are known to have no image.
func CountClasses(images []Image, empty []string) Classes {
	sizes, splits := map[string]*ClassSize{}, map[string]bool{}
	for _, label := range empty {
		sizes[label] = &ClassSize{Label: label, Splits: map[string]int{}}
	}
	for _, m := range images {
		if m.Label == "" {
			continue
		}
		if sizes[m.Label] == nil {
			sizes[m.Label] = &ClassSize{Label: m.Label, Splits: map[string]int{}}
		}
		sizes[m.Label].Images++
		if m.Split != "" {
			sizes[m.Label].Splits[m.Split]++
			splits[m.Split] = true
		}
	}
	c := Classes{Sizes: []ClassSize{}, Remarks: []ClassSize{}}
	for _, label := range slices.Sorted(maps.Keys(sizes)) {
		c.Sizes = append(c.Sizes, *sizes[label])
		c.remark(*sizes[label], slices.Sorted(maps.Keys(splits)))
	}
	c.weigh()
	return c
}

// remark adds what is wrong with one class.
func (c *Classes) remark(s ClassSize, splits []string) {
	add := func(split string, n int, problem string) {
		c.Remarks = append(c.Remarks, ClassSize{Label: s.Label, Split: split, Images: n, Problem: problem})
	}
	if len(splits) == 0 {
		splits = []string{""}
		s.Splits = map[string]int{"": s.Images}
	}
	for _, split := range splits {
		switch n := s.Splits[split]; {
		case n == 0:
			add(split, n, "no images")
		case split != "val" && split != "test" && n < fewToTrain:
			add(split, n, "too few to train")
		case split != "train" && n < fewToEvaluate:
			add(split, n, "too few to evaluate")
		}
	}
}

// weigh compares the largest class with the smallest one that has images.
func (c *Classes) weigh() {
	var counts []int
	for _, s := range c.Sizes {
		if s.Images > 0 {
			counts = append(counts, s.Images)
		}
	}
	if len(counts) < 2 {
		return
	}
	slices.Sort(counts)
	c.Ratio = float64(counts[len(counts)-1]) / float64(counts[0])
	c.Imbalanced = c.Ratio >= imbalancedRatio
}
