package trunk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"graft/onnx"
	"graft/onnx/checkpoint"
	"graft/onnx/inception"
	"graft/onnx/inception/seedling"
)

// BuildSettings say of which weights an Inception v3 is built, and what it says
// of itself. Exactly one of Checkpoint, Seeded and Seedling is given.
type BuildSettings struct {
	Checkpoint string // .pth or .safetensors of torchvision or timm
	Seeded     bool   // random weights drawn from Seed: an untrained trunk
	Seed       uint64
	Seedling   bool // the small trunk that travels with graft, trained on drawings

	Width     float64    // scale of every channel count; 0 means 1
	Mean, Std [3]float32 // of the normalisation, pixels in 0…1; zeros mean 0.5
	// Resize and Crop are the transform that suits the trunk, in pixels; 0: what
	// the checkpoint's metadata says, else 342 and 299.
	Resize, Crop int
	// SeedlingNote becomes part of a trunk of the seedling's weights, for
	// everybody who uses it; "": none.
	SeedlingNote string
}

// A Built trunk is one that was written.
type Built struct {
	Path   string
	SHA256 string
	Trunk  onnx.Trunk
}

// Build builds a trunk and writes it to out, whole or not at all.
func Build(s BuildSettings, out string) (*Built, error) {
	options := inception.Options{Width: s.Width, Mean: s.Mean, Std: s.Std}
	switch {
	case s.Seedling:
		return buildSeedling(s, options, out)
	case s.Checkpoint != "":
		return buildFromCheckpoint(s, options, out)
	case s.Seeded:
		weights := inception.Seeded{Seed: s.Seed, Width: s.Width}
		options.Source = weights.Source()
		return s.build(weights, options, out, nil)
	}
	return nil, errors.New("build a trunk: no weights were named")
}

// buildFromCheckpoint builds a trunk from trained weights.
func buildFromCheckpoint(s BuildSettings, o inception.Options, out string) (*Built, error) {
	weights, err := checkpoint.Open(s.Checkpoint)
	if err != nil {
		return nil, err
	}
	defer weights.Close()
	sum, err := weights.SHA256()
	if err != nil {
		return nil, err
	}
	o.Trained = true
	o.Source = fmt.Sprintf("checkpoint %s, SHA-256 %s", filepath.Base(s.Checkpoint), sum)
	return s.build(weights, o, out, weights.Metadata())
}

// buildSeedling builds the trunk that travels with graft, from its checkpoint
// like any other.
func buildSeedling(s BuildSettings, o inception.Options, out string) (*Built, error) {
	dir, err := os.MkdirTemp("", "graft-")
	if err != nil {
		return nil, fmt.Errorf("unpack the seedling: %w", err)
	}
	defer os.RemoveAll(dir)
	s.Checkpoint = filepath.Join(dir, "seedling.safetensors")
	if err := os.WriteFile(s.Checkpoint, seedling.Checkpoint, 0o600); err != nil {
		return nil, fmt.Errorf("unpack the seedling: %w", err)
	}
	o.Width = seedling.Width
	return buildFromCheckpoint(s, o, out)
}

// build builds and writes a trunk. The checkpoint's metadata may name the
// transform that suits it.
func (s BuildSettings) build(w inception.Weights, o inception.Options, out string, metadata map[string]string) (*Built, error) {
	m, err := inception.Build(w, o)
	if err != nil {
		return nil, err
	}
	t, err := s.describe(m, metadata)
	if err != nil {
		return nil, err
	}
	sum, err := WriteModel(out, m)
	if err != nil {
		return nil, err
	}
	return &Built{Path: out, SHA256: sum, Trunk: t}, nil
}

// describe puts the transform and, for the seedling, its note into the trunk's
// metadata.
func (s BuildSettings) describe(m *onnx.Model, metadata map[string]string) (onnx.Trunk, error) {
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return t, err
	}
	for name, side := range map[string]struct {
		wanted int
		to     *int
	}{"resize": {s.Resize, &t.Resize}, "crop": {s.Crop, &t.Crop}} {
		if n, err := strconv.Atoi(metadata[name]); err == nil {
			*side.to = n
		}
		if side.wanted != 0 {
			*side.to = side.wanted
		}
		if *side.to < 1 {
			return t, fmt.Errorf("build a trunk: %s is %d; it must be at least 1", name, *side.to)
		}
	}
	if metadata["name"] == "seedling" {
		t.Name = "seedling"
		if s.SeedlingNote != "" {
			t.Notes = append(t.Notes, s.SeedlingNote)
		}
	}
	t.Describe(m)
	return t, nil
}
