package trunk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"graft/extractor/pixels"
	"graft/onnx"
)

// Preprocessing is what a model's configuration says of how its images become
// numbers. A zero field is not given.
type Preprocessing struct {
	Source    string    // the file, or what else it was read from
	Resize    int       // in pixels: of the short side or as Asked has it
	Crop      int       // width of the crop, in pixels; Asked has its height, if it is another
	Mean, Std []float64 // on the scale 0…1
	BGR       bool
	Asked     onnx.Asked
	Notes     []string // what of it has no counterpart here
}

// String says what was read, in a line.
func (p Preprocessing) String() string {
	var parts []string
	add := func(given bool, format string, a ...any) {
		if given {
			parts = append(parts, fmt.Sprintf(format, a...))
		}
	}
	add(p.Resize > 0, "resize %s", p.resize())
	add(p.Crop > 0, "crop %s", p.crop())
	add(p.Asked.ResizeMode != "", "%s", p.Asked.ResizeMode)
	add(p.Asked.Interpolation != "", "%s", p.Asked.Interpolation)
	add(p.Mean != nil, "mean %s", numbers(p.Mean))
	add(p.Std != nil, "std %s", numbers(p.Std))
	add(p.BGR, "BGR")
	return fmt.Sprintf("%s says: %s", p.Source, strings.Join(parts, ", "))
}

// resize and crop are the sizes for people.
func (p *Preprocessing) resize() string { return pixels.Sides(p.Resize, p.Asked.ResizeHeight) }
func (p *Preprocessing) crop() string   { return pixels.Sides(p.Crop, p.Asked.CropHeight) }

func numbers(list []float64) string {
	text := make([]string, len(list))
	for i, v := range list {
		text[i] = fmt.Sprint(math.Round(v*1e6) / 1e6)
	}
	return strings.Join(text, ",")
}

// Presets are the usual normalisations by name: mean and std.
var Presets = map[string][2][]float64{
	"imagenet": {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}},
	"half":     {{0.5}, {0.5}},
	"clip":     {{0.48145466, 0.4578275, 0.40821073}, {0.26862954, 0.26130258, 0.27577711}},
	"raw":      {{0}, {1}},
}

// configurations are the files beside a model that say how its images are
// prepared, and their readers.
var configurations = []struct {
	name string
	read func([]byte) (*Preprocessing, error)
}{
	{"preprocessor_config.json", readProcessor},
	{"processor_config.json", readProcessor},
	{"config.json", readTimm},
	{"open_clip_config.json", readOpenCLIP},
}

// maxSide bounds the sizes in a configuration.
const maxSide = 1 << 13

// maxConfiguration bounds the size of a configuration file, in bytes.
const maxConfiguration = 1 << 20

// ReadPreprocessing reads all configurations that lie beside the model at path,
// or one level up if its folder is called onnx, as transformers, timm, open_clip
// and their exporters write them, and in more folders, and what the model's
// metadata say.
func ReadPreprocessing(path string, m *onnx.Model, more ...string) (list []Preprocessing, err error) {
	folders := append([]string{filepath.Dir(path)}, more...)
	if abs, err := filepath.Abs(path); err == nil && filepath.Base(filepath.Dir(abs)) == "onnx" {
		folders = append(folders, filepath.Dir(filepath.Dir(abs)))
	}
	for _, c := range configurations {
		for _, folder := range folders {
			file := filepath.Join(folder, c.name)
			p, err := readConfiguration(file, c.read)
			if err != nil {
				return nil, err
			}
			if p != nil {
				p.Source = c.name
				list = append(list, *p)
				break
			}
		}
	}
	p, err := readMetadata(m)
	if err != nil {
		return nil, fmt.Errorf("the model's metadata: %w", err)
	}
	if p != nil {
		list = append(list, *p)
	}
	return list, nil
}

// readConfiguration reads one file; nil if it is not there or says nothing.
func readConfiguration(file string, read func([]byte) (*Preprocessing, error)) (*Preprocessing, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxConfiguration) {
		err = fmt.Errorf("it is not a file of at most %d bytes", maxConfiguration)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	p, err := read(text)
	if err == nil && p != nil {
		err = p.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

// check refuses numbers that make no sense.
func (p *Preprocessing) check() error {
	for _, side := range []int{p.Resize, p.Crop, p.Asked.ResizeHeight, p.Asked.CropHeight} {
		if side < 0 || side > maxSide {
			return fmt.Errorf("resize %s and crop %s; both from 1 to %d", p.resize(), p.crop(), maxSide)
		}
	}
	if p.Resize > 0 && p.Crop > 0 {
		described := onnx.Trunk{Resize: p.Resize, Crop: p.Crop, Asked: p.Asked}
		if _, err := Transform(described, Adjust{}); err != nil {
			return err
		}
	}
	return p.checkNormalisation()
}

// checkNormalisation refuses a mean and std that give no finite numbers.
func (p *Preprocessing) checkNormalisation() error {
	for _, list := range [][]float64{p.Mean, p.Std} {
		if n := len(list); n != 0 && n != 1 && n != 3 {
			return fmt.Errorf("%d values of mean or std, want 1 or 3", n)
		}
	}
	unusable := func(v float64) bool { return math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 }
	if slices.ContainsFunc(p.Mean, unusable) {
		return fmt.Errorf("mean %s; it must be finite", numbers(p.Mean))
	}
	if slices.ContainsFunc(p.Std, func(v float64) bool { return unusable(v) || v <= 0 }) {
		return fmt.Errorf("std %s; each must be finite and above 0", numbers(p.Std))
	}
	return nil
}

// parse reads JSON into v, and says that it is none in one way for all readers.
func parse(text []byte, v any) error {
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("not readable as JSON: %w", err)
	}
	return nil
}
