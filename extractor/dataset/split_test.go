package dataset

import (
	"fmt"
	"math"
	"testing"
)

func photos(label string, n int) []Sample {
	var list []Sample
	for i := range n {
		list = append(list, Sample{Path: fmt.Sprintf("%s/photo%d.jpg", label, i), Label: label})
	}
	return list
}

func sides(t *testing.T, samples []Sample, share float64) map[string]string {
	t.Helper()
	out, err := Split(samples, share)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, s := range out {
		m[s.Path] = s.Split
	}
	return m
}

func TestSplitShare(t *testing.T) {
	n := 0
	for _, side := range sides(t, photos("a", 5000), 0.2) {
		if side == "val" {
			n++
		}
	}
	// Binomial(5000, 0.2) has a standard deviation of 28.
	if math.Abs(float64(n)-1000) > 5*28 {
		t.Errorf("%d of 5000 are val, want about 1000", n)
	}
}

func TestSplitIsStable(t *testing.T) {
	before := sides(t, photos("a", 200), 0.2)
	after := sides(t, append(photos("a", 400), photos("b", 50)...), 0.2)
	for path, side := range before {
		if after[path] != side {
			t.Errorf("%s moved from %s to %s when photographs were added", path, side, after[path])
		}
	}
	var moved []Sample
	for _, s := range photos("a", 200) {
		moved = append(moved, Sample{Path: "train/wasps" + s.Path[1:], Label: "wasps", Split: "train"})
	}
	for path, side := range sides(t, moved, 0.2) {
		if want := before["a"+path[len("train/wasps"):]]; side != want {
			t.Errorf("%s is %s, was %s before the class was renamed", path, side, want)
		}
	}
}

func TestSplitEmptiesNoClass(t *testing.T) {
	for n := 2; n < 12; n++ {
		for c := range 200 {
			for _, share := range []float64{0.01, 0.2, 0.99} {
				count := map[string]int{}
				var list []Sample
				for i := range n {
					list = append(list, Sample{Path: fmt.Sprintf("c/%d-%d.jpg", c, i), Label: "c"})
				}
				for _, side := range sides(t, list, share) {
					count[side]++
				}
				if count["train"] == 0 || count["val"] == 0 {
					t.Fatalf("class %d of %d photographs, share %v: %v", c, n, share, count)
				}
			}
		}
	}
	if got := sides(t, photos("a", 1), 0.9); got["a/photo0.jpg"] != "train" {
		t.Errorf("the only photograph of a class is %v, want train", got)
	}
}

func TestSplitKeepsGroups(t *testing.T) {
	var list []Sample
	for g := range 50 {
		for i := range 4 {
			list = append(list, Sample{Path: fmt.Sprintf("a/dog%d_nohash_%d.jpg", g, i), Label: "a"})
		}
	}
	m := sides(t, list, 0.3)
	for g := range 50 {
		for i := range 4 {
			if m[fmt.Sprintf("a/dog%d_nohash_%d.jpg", g, i)] != m[fmt.Sprintf("a/dog%d_nohash_0.jpg", g)] {
				t.Errorf("group %d is on both sides", g)
			}
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, share := range []float64{0, 1, -1, math.NaN()} {
		if _, err := Split(photos("a", 3), share); err == nil {
			t.Errorf("share %v was taken", share)
		}
	}
	if _, err := Split([]Sample{{Path: "x.jpg"}}, 0.2); err == nil {
		t.Error("a sample without a label was taken")
	}
}
