package precision

import (
	"os"
	"path/filepath"
	"testing"

	"graft/onnx"
)

// FuzzImport takes damaged models all the way: whatever can be imported gets taps for its blocks, and is
// converted to float16 and analysed and quantised, without panics and without giving what is no trunk.
func FuzzImport(f *testing.F) {
	for _, pattern := range []string{"*.onnx", "nets/*.onnx"} {
		files, err := filepath.Glob(filepath.Join("../../testdata/golden/onnx", filepath.FromSlash(pattern)))
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			file, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(file)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		m, err := onnx.Decode(file)
		if err != nil {
			return
		}
		o := onnx.ImportOptions{Mean: []float64{0.5}, Std: []float64{0.5}}
		if candidates := m.Candidates(0); len(candidates) > 0 {
			if o.Output = candidates[0].Name; candidates[0].Tokens {
				o.Pool = onnx.PoolMean
			}
		}
		trunk, err := onnx.Import(m, o)
		if err != nil {
			return
		}
		changed(t, trunk)
	})
}

// changed does with a trunk what commands do, as far as that runs nothing.
func changed(t *testing.T, trunk *onnx.Model) {
	described := func(what string, m *onnx.Model) {
		if _, err := onnx.DescribeTrunk(m); err != nil {
			t.Fatalf("%s: no trunk: %v", what, err)
		}
	}
	if blocks, err := onnx.Blocks(trunk, 4); err == nil && len(blocks) > 0 {
		if m, err := onnx.AddTaps(trunk, []onnx.NewTap{{Value: blocks[0].Value, Pool: "mean+max"}}); err == nil {
			described("with a tap", m)
		}
	}
	if m, _, err := Half(trunk); err == nil {
		described("in float16", m)
	}
	n, err := Analyse(trunk)
	if err != nil {
		return
	}
	c := n.Calibrate(32)
	values := make([][]float32, len(n.Activations()))
	for i := range values {
		values[i] = []float32{-1, 0, 2, 1}
	}
	if c.Add(0, values) != nil {
		return
	}
	if m, err := n.Quantize(c, Options{Method: MinMax}); err == nil {
		described("in int8", m)
	}
}
