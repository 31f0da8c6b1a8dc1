package dataset

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Split returns the samples with Split set to train or val, about share (0 < share < 1) of each
// class in val. What a sample gets depends on its path inside its class folder only, so a
// photograph stays on its side when others are added, the class is renamed or the folder moves:
//
//	h = first 8 bytes of SHA-256(path inside the class) / 2⁶⁴;  val if h < share
//
// Of a path, "_nohash_" and all after it does not count: photographs that belong together
// (rose_nohash_1.jpg, rose_nohash_2.jpg) are on one side, as in TensorFlow's retrain.py.
//
// Every class gets at least one photograph, or group, on each side if it has two. Where the rule
// above leaves a side of a class empty, the group with the smallest h goes to val, or the one
// with the largest to train. This is the only way in which a new photograph can move an old one:
// in a class that is so small that the rule failed, the group that was moved can go back when a
// new one fills the side. A class with a single group is train.
func Split(samples []Sample, share float64) ([]Sample, error) {
	if !(share > 0 && share < 1) {
		return nil, fmt.Errorf("split: the share of the validation set is %v, not between 0 and 1", share)
	}
	classes := map[string][]float64{}
	place := make([]float64, len(samples))
	for i, s := range samples {
		if s.Label == "" {
			return nil, fmt.Errorf("split: %q has no label", s.Path)
		}
		place[i] = hashed(s)
		classes[s.Label] = append(classes[s.Label], place[i])
	}
	bounds := map[string]float64{}
	for label, h := range classes {
		bounds[label] = bound(h, share)
	}
	out := slices.Clone(samples)
	for i := range out {
		out[i].Split = "train"
		if place[i] < bounds[out[i].Label] {
			out[i].Split = "val"
		}
	}
	return out, nil
}

// SideOf is the split that [Split] gives a sample of a class that is not small: val or train. It
// needs no others.
func SideOf(s Sample, share float64) string {
	if hashed(s) < share {
		return "val"
	}
	return "train"
}

// bound is the h below which a class's groups are val: share, or what leaves neither side empty.
func bound(h []float64, share float64) float64 {
	slices.Sort(h)
	h = slices.Compact(h)
	if len(h) < 2 {
		return 0
	}
	return max(min(share, h[len(h)-1]), h[1])
}

// hashed is the place of a sample in [0, 1).
func hashed(s Sample) float64 {
	name := insideClass(s)
	if i := strings.Index(name, "_nohash_"); i >= 0 {
		name = name[:i]
	}
	sum := sha256.Sum256([]byte(name))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// insideClass is the path after the folder that is called like the class, or the whole path.
func insideClass(s Sample) string {
	parts := strings.Split(s.Path, "/")
	of := func(part string) bool { return part == s.Label || Label(part) == s.Label }
	if i := slices.IndexFunc(parts[:max(len(parts)-1, 0)], of); i >= 0 {
		return strings.Join(parts[i+1:], "/")
	}
	return cmp.Or(s.Path, ".")
}
