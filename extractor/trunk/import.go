package trunk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"graft/onnx"
)

// ImportSettings say what a foreign model becomes.
type ImportSettings struct {
	onnx.ImportOptions
	Library string // path of ONNX Runtime, for the trial; "" means the one that is found
	NoTrial bool   // write the trunk without running it
	// NoConfiguration leaves the configurations beside the model unread.
	NoConfiguration bool
	Configurations  string // a folder with further configurations; "": none
	// Scores takes what the last layer of a classifier takes, where the model's only
	// output is class scores.
	Scores bool
}

// An Imported trunk is one that was written, and what a person should know of
// how.
type Imported struct {
	Built
	Notes []string // choices that were made
	Trial string   // what a run of it showed, or why there was none
}

// Import makes a trunk of the ONNX image model at path, a file or a folder with
// one, runs it on synthetic images, and writes it to out. A zero Name is the
// file's, a zero Source names the file and its SHA-256. What the settings leave
// open of the transform is taken from the model's own configuration; two that
// contradict each other in it are a [*ContradictionError].
//
// The trial tells what the graph does not: the number of features, whether a
// batch of several images and images of another size can be taken, and whether
// the values are finite. Without ONNX Runtime the trunk is written as shape
// inference understands it, and Trial says so.
func Import(ctx context.Context, path string, s ImportSettings, out string) (*Imported, error) {
	path, err := FindModel(path)
	if err != nil {
		return nil, err
	}
	m, files, err := onnx.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", path, err)
	}
	var said []string
	if !s.NoConfiguration {
		var more []string
		if s.Configurations != "" {
			more = append(more, s.Configurations)
		}
		list, err := ReadPreprocessing(path, m, more...)
		if err == nil {
			err = s.merge(list)
		}
		if err != nil {
			return nil, fmt.Errorf("model %q: %w", path, err)
		}
		for _, p := range list {
			said = append(append(said, p.String()), p.Notes...)
		}
	}
	if s.Source == "" {
		if s.Source, err = sourceOf(path, files); err != nil {
			return nil, err
		}
	}
	if s.Name == "" {
		s.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	if candidates := m.Candidates(s.Crop); s.Scores && s.Output == "" && len(candidates) > 0 {
		s.Output = candidates[0].Name
	}
	i := &importing{ctx: ctx, settings: s, foreign: m}
	trunk, err := i.run()
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", path, err)
	}
	t, err := onnx.DescribeTrunk(trunk)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", path, err)
	}
	sum, err := WriteModel(out, trunk)
	if err != nil {
		return nil, err
	}
	return &Imported{Built{Path: out, SHA256: sum, Trunk: t}, append(said, i.notes...), i.trial}, nil
}

// sourceOf names a model and its SHA-256, and those of the files beside it that
// hold its weights.
func sourceOf(path string, files []onnx.ExternalFile) (string, error) {
	sum, err := fingerprintOf(path)
	if err != nil {
		return "", err
	}
	source := fmt.Sprintf("model %s, SHA-256 %s", filepath.Base(path), sum)
	for _, f := range files {
		if sum, err = fingerprintOf(f.Path); err != nil {
			return "", err
		}
		source += fmt.Sprintf("; weights %s, SHA-256 %s", f.Location, sum)
	}
	return source, nil
}

// An importing is an import under way.
type importing struct {
	ctx      context.Context
	settings ImportSettings
	foreign  *onnx.Model
	notes    []string
	trial    string
	observed bool // shapes have been observed
}

// run imports and tries until what is written is what ran.
func (i *importing) run() (*onnx.Model, error) {
	for range 4 {
		m, err := i.convert()
		if err != nil || i.settings.NoTrial {
			return m, err
		}
		changed, err := i.try(m)
		if err != nil {
			return nil, err
		}
		if !changed {
			return m, nil
		}
	}
	return nil, errors.New("import: the model behaves differently in every run")
}

// convert makes the trunk as far as is known; a shape that cannot be inferred is
// observed in a run.
func (i *importing) convert() (*onnx.Model, error) {
	o := i.settings.ImportOptions
	i.notes = nil
	o.Noted = func(note string) { i.notes = append(i.notes, note) }
	m, err := onnx.Import(i.foreign, o)
	var unknown *onnx.ShapeError
	if !errors.As(err, &unknown) || i.observed || i.settings.NoTrial {
		return m, err
	}
	i.observed = true
	if failed := i.observe(); failed != nil {
		return nil, fmt.Errorf("%w, and a run to observe it failed: %w", err, failed)
	}
	return i.convert()
}

// observe runs the model on one image for the shapes of the values that become
// features.
func (i *importing) observe() error {
	probe, features, err := onnx.ShapeProbe(i.foreign, i.settings.ImportOptions)
	if err != nil {
		return err
	}
	height, width := i.describedSides(probe)
	rows, err := i.rowsOf(probe, height, width, 1)
	if err != nil {
		return err
	}
	i.settings.Observed = map[string][]int64{}
	for at, v := range probe.Graph.Outputs {
		name := v.Name
		if name == onnx.Features {
			name = features
		}
		i.settings.Observed[name] = onnx.ProbedShape(rows[at])
	}
	return nil
}

// describedSides is the size of the images that a model takes.
func (i *importing) describedSides(m *onnx.Model) (height, width int) {
	in := m.Graph.Inputs[0]
	if h, w := in.Dims[1].Size, in.Dims[2].Size; h > 0 && w > 0 {
		return int(h), int(w)
	}
	width = cmp.Or(i.settings.Crop, 224)
	return cmp.Or(i.settings.Asked.CropHeight, width), width
}

// fingerprintOf is the SHA-256 of a file, which is read in pieces.
func fingerprintOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the model: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read the model: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
