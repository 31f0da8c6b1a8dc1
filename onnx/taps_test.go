package onnx

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// importedNet is a trunk of one of the small nets.
func importedNet(t *testing.T, name string) *Model {
	t.Helper()
	m, _, err := Open(filepath.Join(goldens, "nets", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	trunk, err := Import(m, ImportOptions{Mean: []float64{.5}, Std: []float64{.5}})
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, trunk.Encode())
}

// TestBlocks finds the blocks of a transformer by any exporter, and of windows.
func TestBlocks(t *testing.T) {
	for name, want := range map[string]struct {
		blocks int
		pools  []string
	}{
		"vit_old": {2, []string{PoolPatches, PoolClass}}, "vit_dynamo": {2, []string{PoolPatches, PoolClass}},
		"windows_old": {1, []string{PoolMean}}, "windows_dynamo1": {1, []string{PoolMean}},
	} {
		m := importedNet(t, name)
		blocks, err := Blocks(m, 12)
		if err != nil || len(blocks) != want.blocks {
			t.Errorf("%s: %+v, %v", name, blocks, err)
			continue
		}
		if last := blocks[len(blocks)-1]; last.Number != last.Of || strings.HasPrefix(name, "vit") && !slices.Equal(last.Pools, want.pools) {
			t.Errorf("%s: %+v", name, last)
		}
		var taps []NewTap
		for _, b := range blocks {
			for _, pool := range b.Pools {
				taps = append(taps, NewTap{Value: b.Value, Pool: pool})
			}
		}
		more, err := AddTaps(m, taps)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		d, err := DescribeTrunk(decoded(t, more.Encode()))
		if err != nil || len(d.Taps) != 1+len(taps) || d.Taps[1].Dim != 8 || d.Taps[1].Pool == "" {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
		if d, _ := DescribeTrunk(m); len(d.Taps) != 1 {
			t.Errorf("%s: AddTaps changed its argument", name)
		}
	}
	if blocks, err := Blocks(importedNet(t, "vit_old"), 1); err != nil || len(blocks) != 1 || blocks[0].Number != 2 {
		t.Errorf("of the deepest: %+v, %v", blocks, err)
	}
}

func TestAddTapsErrors(t *testing.T) {
	m := importedNet(t, "vit_old")
	blocks, err := Blocks(m, 12)
	if err != nil {
		t.Fatal(err)
	}
	for want, tap := range map[string]NewTap{
		"the name is taken":             {Name: Features, Value: blocks[0].Value, Pool: PoolMean},
		`pool "avg"`:                    {Value: blocks[0].Value, Pool: "avg"},
		"computes no value":             {Value: "nothing", Pool: PoolMean},
		"say how it becomes one vector": {Name: "x", Value: blocks[0].Value},
	} {
		if _, err := AddTaps(m, []NewTap{tap}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
