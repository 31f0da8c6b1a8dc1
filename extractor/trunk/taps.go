package trunk

import (
	"context"
	"fmt"
	"strings"

	"graft/onnx"
)

// autoBlocks is how many blocks get taps by themselves.
const autoBlocks = 12

// AutoTaps are the taps that a trunk could have: one for every block, pooled in
// each way that suits it and in the further ways named in pools, such as
// "mean+max+grid2" for maps.
func AutoTaps(f *File, pools ...string) ([]onnx.NewTap, error) {
	m, err := f.Model()
	if err != nil {
		return nil, err
	}
	blocks, err := onnx.Blocks(m, autoBlocks)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	var taps []onnx.NewTap
	for _, b := range blocks {
		own := b.Pools
		if len(pools) > 0 {
			own = pools
		}
		for _, pool := range own {
			tap := onnx.NewTap{Name: fmt.Sprintf("block%d-%s", b.Number, pool), Value: b.Value, Pool: pool}
			if _, err := onnx.AddTaps(m, []onnx.NewTap{tap}); err == nil { // not every way suits every block
				taps = append(taps, tap)
			}
		}
	}
	if len(taps) == 0 {
		return nil, fmt.Errorf("trunk %q: no blocks were found in its graph", f.Path)
	}
	return taps, nil
}

// AddTaps writes a trunk with further taps to out and runs it once, as Import
// does. library is the path of ONNX Runtime; "" means the one that is found.
func AddTaps(ctx context.Context, f *File, taps []onnx.NewTap, library, out string) (*Imported, error) {
	m, err := f.Model()
	if err != nil {
		return nil, err
	}
	more, err := onnx.AddTaps(m, taps)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	t, err := onnx.DescribeTrunk(more)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(t.Source, f.SHA256) {
		t.Source += fmt.Sprintf("; taps added to the trunk with SHA-256 %s", f.SHA256)
		t.Describe(more)
	}
	i := &importing{ctx: ctx, settings: ImportSettings{Library: library}}
	if _, err := i.try(more); err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	sum, err := WriteModel(out, more)
	if err != nil {
		return nil, err
	}
	return &Imported{Built{Path: out, SHA256: sum, Trunk: t}, nil, i.trial}, nil
}

// WithAutoTaps is the path of a trunk in the cache that has AutoTaps of another,
// which is made unless it is there, and whether it was. The cache's trunks are
// also where a head's is looked for.
func WithAutoTaps(ctx context.Context, f *File, c Cache, library string, pools ...string) (path string, made bool, err error) {
	name := fmt.Sprintf("taps-%.16s.onnx", f.SHA256)
	if len(pools) > 0 {
		name = fmt.Sprintf("taps-%.16s-%s.onnx", f.SHA256, strings.Join(pools, "-"))
	}
	if path, err = c.Make("trunks", name); err != nil {
		return "", false, err
	}
	if _, err := Read(path); err == nil {
		return path, false, nil
	}
	taps, err := AutoTaps(f, pools...)
	if err != nil {
		return "", false, err
	}
	_, err = AddTaps(ctx, f, taps, library, path)
	return path, err == nil, err
}
