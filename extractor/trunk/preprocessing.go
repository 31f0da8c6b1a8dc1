package trunk

import (
	"cmp"
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
	for _, list := range [][]float64{p.Mean, p.Std} {
		if n := len(list); n != 0 && n != 1 && n != 3 {
			return fmt.Errorf("%d values of mean or std, want 1 or 3", n)
		}
	}
	return nil
}

// A ContradictionError says that two configurations of a model differ.
type ContradictionError struct {
	Field string // "mean", "std", "crop", …
	Says  [2]string
	Of    [2]string // the sources
}

// Error says what differs.
func (e *ContradictionError) Error() string {
	return fmt.Sprintf("%s is %s in %s and %s in %s", e.Field, e.Says[0], e.Of[0], e.Says[1], e.Of[1])
}

// merge completes the settings with what the configurations say, which must not
// contradict each other in what the settings leave open.
func (s *ImportSettings) merge(list []Preprocessing) error {
	if len(list) == 0 {
		return nil
	}
	open := map[string]bool{
		"mean": s.Mean == nil, "std": s.Std == nil, "crop": s.Crop == 0, "resize": s.Resize == 0,
		"interpolation": s.Asked.Interpolation == "", "resize mode": s.Asked.ResizeMode == "",
	}
	all := list[0]
	for _, p := range list[1:] {
		if err := all.join(p, open); err != nil {
			return err
		}
	}
	if s.Mean == nil && s.Std == nil {
		s.Mean, s.Std, s.BGR = all.Mean, all.Std, s.BGR || all.BGR
	}
	s.mergeSizes(all)
	s.Asked.Interpolation = cmp.Or(s.Asked.Interpolation, all.Asked.Interpolation)
	s.Asked.ResizeMode = cmp.Or(s.Asked.ResizeMode, all.Asked.ResizeMode)
	s.Asked.Rounding, s.Asked.Fill = all.Asked.Rounding, all.Asked.Fill
	return nil
}

// mergeSizes takes crop and resize over where the settings leave them open.
func (s *ImportSettings) mergeSizes(all Preprocessing) {
	a := &s.Asked
	if s.Crop == 0 {
		s.Crop, a.CropHeight = all.Crop, all.Asked.CropHeight
	}
	switch {
	case s.Resize != 0 || a.CropPct != 0 || all.Resize == 0:
	case s.Crop == all.Crop && a.CropHeight == all.Asked.CropHeight || all.Crop == 0:
		s.Resize, a.ResizeHeight, a.CropPct = all.Resize, all.Asked.ResizeHeight, all.Asked.CropPct
	case a.CropHeight == 0 && all.Asked.CropHeight == 0: // for another crop in proportion
		s.Resize = all.Resize * s.Crop / all.Crop
	}
}

// join adds what another configuration says.
func (p *Preprocessing) join(o Preprocessing, open map[string]bool) error {
	for _, f := range []struct {
		name  string
		a, b  string
		given bool
	}{
		{"mean", numbers(p.Mean), numbers(o.Mean), p.Mean != nil && o.Mean != nil},
		{"std", numbers(p.Std), numbers(o.Std), p.Std != nil && o.Std != nil},
		{"crop", p.crop(), o.crop(), p.Crop != 0 && o.Crop != 0},
		{"resize", p.resize(), o.resize(), p.Resize != 0 && o.Resize != 0},
		{"interpolation", interpolation(p.Asked), interpolation(o.Asked), p.Resize != 0 && o.Resize != 0},
		{"resize mode", resizeMode(p.Asked), resizeMode(o.Asked), p.Resize != 0 && o.Resize != 0},
	} {
		if f.given && f.a != f.b && open[f.name] {
			return &ContradictionError{f.name, [2]string{f.a, f.b}, [2]string{p.Source, o.Source}}
		}
	}
	if p.Mean == nil {
		p.Mean, p.Std, p.BGR = o.Mean, o.Std, o.BGR
	}
	if p.Crop == 0 {
		p.Crop, p.Asked.CropHeight = o.Crop, o.Asked.CropHeight
	}
	if p.Resize == 0 {
		height := p.Asked.CropHeight
		p.Resize, p.Asked = o.Resize, o.Asked
		p.Asked.CropHeight = height
	}
	return nil
}

func interpolation(a onnx.Asked) string {
	if a.Interpolation == "" {
		return onnx.Bilinear
	}
	return a.Interpolation
}

func resizeMode(a onnx.Asked) string {
	if a.ResizeMode == "" {
		return onnx.ResizeShortest
	}
	return a.ResizeMode
}

// FindModel is the model in a folder that a person named: one of the names that
// exporters write, there or in its folder onnx, else its only .onnx file. A path
// of a file is returned as it is.
func FindModel(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read the model: %w", err)
	}
	if !info.IsDir() {
		return path, nil
	}
	for _, name := range []string{"model.onnx", "onnx/model.onnx", "vision_model.onnx", "onnx/vision_model.onnx"} {
		if file := filepath.Join(path, filepath.FromSlash(name)); isFile(file) {
			return file, nil
		}
	}
	var found []string
	for _, pattern := range []string{"*.onnx", "onnx/*.onnx"} {
		list, _ := filepath.Glob(filepath.Join(escapeGlob(path), filepath.FromSlash(pattern)))
		found = append(found, list...)
	}
	slices.Sort(found)
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%s holds no .onnx file", path)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%s holds several models: %s; name one of them", path, strings.Join(found, ", "))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// escapeGlob makes a pattern that only matches the path itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(path)
}

// parse reads JSON into v, and says that it is none in one way for all readers.
func parse(text []byte, v any) error {
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("not readable as JSON: %w", err)
	}
	return nil
}
