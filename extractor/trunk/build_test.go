package trunk_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/checkpoint/checkpointtest"
	"graft/onnx/inception"
)

// width is the smallest that Inception v3 has.
const width = 0.05

// checkpointFile writes seeded weights of the width as a checkpoint.
func checkpointFile(t *testing.T, metadata map[string]string) []byte {
	t.Helper()
	list, err := inception.Parameters(width)
	if err != nil {
		t.Fatal(err)
	}
	var tensors []checkpointtest.Tensor
	for _, p := range list {
		_, data, err := inception.Seeded{Width: width}.Tensor(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		tensors = append(tensors, checkpointtest.Tensor{Name: p.Name, Dims: p.Dims, Data: data})
	}
	var b bytes.Buffer
	if err := checkpointtest.Write(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// built builds a trunk, and reads what was written.
func built(t *testing.T, s trunk.BuildSettings) *trunk.File {
	t.Helper()
	out := filepath.Join(t.TempDir(), "trunk.onnx")
	b, err := trunk.Build(s, out)
	if err != nil {
		t.Fatal(err)
	}
	f := read(t, out)
	if b.Path != out || b.SHA256 != f.SHA256 || b.Trunk.Name != f.Name || b.Trunk.Trained != f.Trained {
		t.Errorf("built %+v, the file says %+v", b, f)
	}
	return f
}

func TestBuildOfSeededWeights(t *testing.T) {
	f := built(t, trunk.BuildSettings{Seeded: true, Seed: 3, Width: width})
	if f.Trained || !strings.Contains(f.Source, "seed 3") || f.Resize != 342 || f.Crop != 299 {
		t.Errorf("it says %+v", f.Trunk)
	}
	if again := built(t, trunk.BuildSettings{Seeded: true, Seed: 3, Width: width}); again.SHA256 != f.SHA256 {
		t.Error("the same seed gives another trunk")
	}
	other := built(t, trunk.BuildSettings{Seeded: true, Seed: 4, Width: width, Resize: 86, Crop: 75})
	if other.SHA256 == f.SHA256 || other.Resize != 86 || other.Crop != 75 {
		t.Errorf("another seed gives %+v", other.Trunk)
	}
}

func TestBuildOfCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	file := checkpointFile(t, map[string]string{"resize": "120", "crop": "110"})
	extractortest.Write(t, path, file)
	f := built(t, trunk.BuildSettings{Checkpoint: path, Width: width})
	if !f.Trained || !strings.Contains(f.Source, "weights.safetensors, SHA-256 "+onnx.Fingerprint(file)) || f.Resize != 120 || f.Crop != 110 {
		t.Errorf("it says %+v", f.Trunk)
	}
	if f = built(t, trunk.BuildSettings{Checkpoint: path, Width: width, Crop: 100}); f.Resize != 120 || f.Crop != 100 {
		t.Errorf("with another crop it says %+v", f.Trunk)
	}
}

func TestBuildOfSeedling(t *testing.T) {
	f := built(t, trunk.BuildSettings{Seedling: true, SeedlingNote: "for tours only"})
	if !f.Trained || f.Name != "seedling" || !slices.Contains(f.Notes, "for tours only") {
		t.Errorf("it says %+v", f.Trunk)
	}
	if plain := built(t, trunk.BuildSettings{Seedling: true}); slices.Contains(plain.Notes, "for tours only") || plain.Resize != f.Resize {
		t.Errorf("without the note it says %+v", plain.Trunk)
	}
}

// TestBuildRefuses, and writes nothing.
func TestBuildRefuses(t *testing.T) {
	letter := filepath.Join(t.TempDir(), "letter.pth")
	extractortest.Write(t, letter, []byte("Dear weights"))
	for want, s := range map[string]trunk.BuildSettings{
		"no weights were named":               {},
		`checkpoint "` + letter + `"`:         {Checkpoint: letter},
		"no such file":                        {Checkpoint: letter + "x"},
		"crop is -1; it must be at least 1":   {Seeded: true, Width: width, Crop: -1},
		"resize is -2; it must be at least 1": {Seeded: true, Width: width, Resize: -2},
	} {
		out := filepath.Join(t.TempDir(), "trunk.onnx")
		_, err := trunk.Build(s, out)
		wantError(t, want, err, want)
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a trunk was written", want)
		}
	}
}

// TestImport makes a trunk of a foreign model, which then names itself and its
// source after the file.
func TestImport(t *testing.T) {
	b := onnx.NewBuilder("foreign")
	x := b.Input("images", onnx.Float32, "n", 3, 32, 32)
	x = b.Op("Flatten", "flat", b.Op("GlobalAveragePool", "averages", x))
	b.Output(x, onnx.Float32, "n", 3)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	path, out := filepath.Join(t.TempDir(), "mean.onnx"), filepath.Join(t.TempDir(), "trunk.onnx")
	sum, err := trunk.WriteModel(path, m)
	if err != nil {
		t.Fatal(err)
	}
	half := []float64{0.5}
	made, err := trunk.Import(t.Context(), path, trunk.ImportSettings{ImportOptions: onnx.ImportOptions{Mean: half, Std: half}}, out)
	if err != nil {
		t.Fatal(err)
	}
	f := read(t, out)
	if made.SHA256 != f.SHA256 || f.Name != "mean" || !strings.Contains(f.Source, "mean.onnx, SHA-256 "+sum) || f.Crop != 32 || f.Dim("features") != 3 {
		t.Errorf("it says %+v", f.Trunk)
	}
	if made, err = trunk.Import(t.Context(), path, trunk.ImportSettings{ImportOptions: onnx.ImportOptions{Mean: half, Std: half, Name: "n", Source: "s"}}, out); err != nil || made.Trunk.Name != "n" || made.Trunk.Source != "s" {
		t.Errorf("named, it says %+v, %v", made, err)
	}
	_, err = trunk.Import(t.Context(), path, trunk.ImportSettings{}, filepath.Join(t.TempDir(), "none.onnx"))
	wantError(t, "without a normalisation", err, `model "`+path+`": import: `)
	_, err = trunk.Import(t.Context(), path+"x", trunk.ImportSettings{ImportOptions: onnx.ImportOptions{Mean: half, Std: half}}, out)
	wantError(t, "nowhere", err, "read the model: ")
}
