package dataset

import (
	"fmt"
	"testing"
)

// The parts of any number are disjoint, together everything, about as large as one another, and
// those of a larger data set hold those of a smaller one.
func TestShardsPartitionTheData(t *testing.T) {
	all := &Dataset{}
	for i := range 3000 {
		all.Samples = append(all.Samples, Sample{Path: fmt.Sprintf("train/bees/%d.jpg", i)})
	}
	some := &Dataset{Samples: all.Samples[:1000]}
	for _, n := range []int{1, 2, 3, 16} {
		seen := map[string]int{}
		for i := 1; i <= n; i++ {
			part, at := Shard{i, n}.Of(all)
			for k, s := range part.Samples {
				seen[s.Path] = i
				if all.Samples[at(k)] != s {
					t.Fatalf("shard %d/%d: sample %d is not number %d of the data", i, n, k, at(k))
				}
			}
			if size := len(part.Samples); size < 3000/n*7/10 || size > 3000/n*13/10 {
				t.Errorf("shard %d/%d has %d of 3000 samples", i, n, size)
			}
			smaller, _ := Shard{i, n}.Of(some)
			for _, s := range smaller.Samples {
				if seen[s.Path] != i {
					t.Fatalf("%s moved to shard %d/%d when others were added", s.Path, seen[s.Path], n)
				}
			}
		}
		if len(seen) != 3000 {
			t.Errorf("%d of 3000 samples are in one of %d shards", len(seen), n)
		}
	}
	if len(all.Samples) != 3000 {
		t.Error("the data was changed")
	}
}

// The rule is kept for ever: machines with different versions of graft must agree.
func TestShardOfAPath(t *testing.T) {
	d := &Dataset{Samples: []Sample{{Path: "a.jpg"}, {Path: "b.jpg"}, {Path: "c.jpg"}, {Path: "d.jpg"}}}
	got := ""
	for i := 1; i <= 3; i++ {
		part, _ := Shard{i, 3}.Of(d)
		for _, s := range part.Samples {
			got += fmt.Sprintf("%s:%d ", s.Path, i)
		}
	}
	// printf 'shard a.jpg' | sha256sum, the first 16 digits modulo 3
	if want := "a.jpg:1 c.jpg:1 d.jpg:1 b.jpg:3 "; got != want {
		t.Errorf("shards %q, want %q", got, want)
	}
}

func TestParseShard(t *testing.T) {
	for text, want := range map[string]Shard{"2/3": {2, 3}, "1/1": {1, 1}, "16/16": {16, 16}} {
		if got, err := ParseShard(text); err != nil || got != want || got.String() != text {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "2", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1/99999999999"} {
		if got, err := ParseShard(text); err == nil || got != (Shard{}) {
			t.Errorf("%q is %v, and no error", text, got)
		}
	}
}

func TestZeroShardIsEverything(t *testing.T) {
	d := &Dataset{Samples: []Sample{{Path: "a.jpg"}, {Path: "b.jpg"}}}
	part, at := Shard{}.Of(d)
	if len(part.Samples) != 2 || at(1) != 1 {
		t.Errorf("%d samples, the second is number %d", len(part.Samples), at(1))
	}
	if got := (Shard{}).String(); got != "1/1" {
		t.Errorf("it is called %q", got)
	}
}
