package trunk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"

	"graft/extractor/durable"
	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/ort"
)

// A File is a trunk on disk, and what it says of itself. Its methods are for one
// goroutine at a time; the sessions that it opens are for many.
type File struct {
	onnx.Trunk
	Path   string
	SHA256 string // of the file, lower-case hexadecimal: the trunk's fingerprint

	encoded []byte // nil once a session has it
}

// Read reads a trunk and checks that it is one.
func Read(path string) (*File, error) {
	encoded, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return decode(path, encoded, onnx.Fingerprint(encoded))
}

func readFile(path string) ([]byte, error) {
	encoded, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the trunk: %w", err)
	}
	return encoded, nil
}

// decode reads what is in a file.
func decode(path string, encoded []byte, fingerprint string) (*File, error) {
	m, err := onnx.Decode(encoded)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", path, err)
	}
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", path, err)
	}
	return &File{Trunk: t, Path: path, SHA256: fingerprint, encoded: encoded}, nil
}

// Warnings are what users should know of a trunk before they trust it.
func Warnings(t onnx.Trunk) []string {
	if !t.Trained {
		return []string{fmt.Sprintf("trunk %q is untrained: its features, and what is trained on them, mean nothing", t.Name)}
	}
	var list []string
	for _, note := range t.Notes {
		list = append(list, fmt.Sprintf("trunk %q: %s", t.Name, note))
	}
	return list
}

// A TapError says which tap was wrongly asked for.
type TapError struct{ Reason string }

// Error is the reason.
func (e *TapError) Error() string { return e.Reason }

// Dims gives the widths d of some taps. Asking for one twice, or for one that
// the trunk does not have, is a [*TapError].
func (f *File) Dims(taps []string) ([]int, error) {
	var dims []int
	for i, tap := range taps {
		if slices.Contains(taps[:i], tap) {
			return nil, &TapError{fmt.Sprintf("the tap %q is named twice", tap)}
		}
		d := f.Dim(tap)
		if d == 0 || tap == "" {
			var names []string
			for _, t := range f.Taps {
				names = append(names, t.Name)
			}
			return nil, &TapError{fmt.Sprintf("trunk %q has no tap %q; it has %q", f.Path, tap, names)}
		}
		dims = append(dims, d)
	}
	return dims, nil
}

// Adjust is what somebody wants other than the trunk's own transform has it.
// The zero value is that transform.
type Adjust struct {
	Resize Size   // pixels of the short side, or as ResizeMode has it; zero: the trunk's own
	Crop   Size   // pixels; zero: the trunk's own
	EXIF   string // pixels.ApplyEXIF or pixels.IgnoreEXIF; "": apply
	Fast   bool
	Gray16 string // pixels.ScaleGray16; "": as Pillow does
	Alpha  string // pixels.GroundWhite or pixels.GroundBlack; "": as Pillow does

	Interpolation string  // pixels.Bilinear, …; "": the trunk's own
	ResizeMode    string  // pixels.ResizeShortest, …; "": the trunk's own
	CropPct       float64 // Resize is the crop divided by this; 0: not so
}

// A TransformError says why a trunk cannot be given what a transform makes.
type TransformError struct{ Reason string }

// Error is the reason.
func (e *TransformError) Error() string { return e.Reason }

// Transform is the trunk's own transform, adjusted. One that the trunk cannot
// take, or that is out of range, is a [*TransformError].
func Transform(t onnx.Trunk, a Adjust) (pixels.Transform, error) {
	tr := pixels.Transform{
		Resize: cmp.Or(t.Resize, t.Crop), ResizeHeight: t.ResizeHeight, Crop: t.Crop, CropHeight: t.CropHeight,
		ResizeMode: t.ResizeMode, Interpolation: t.Interpolation, Rounding: t.Rounding, Fill: t.Fill,
		EXIF: cmp.Or(a.EXIF, pixels.ApplyEXIF), Fast: a.Fast, Gray16: a.Gray16, Alpha: a.Alpha,
	}
	if a.Crop != (Size{}) {
		tr.Crop, tr.CropHeight = a.Crop.Width, a.Crop.Height
	}
	if a.CropPct != 0 {
		if !(a.CropPct > 0) || a.Resize != (Size{}) {
			return tr, &TransformError{fmt.Sprintf("crop_pct %g; it must be greater than 0, and goes without a size to resize to", a.CropPct)}
		}
		a.Resize = Size{Width: tr.Crop, Height: tr.Height()}.Divided(a.CropPct)
	}
	if a.Resize != (Size{}) {
		tr.Resize, tr.ResizeHeight = a.Resize.Width, a.Resize.Height
	}
	tr.Interpolation = cmp.Or(a.Interpolation, tr.Interpolation)
	tr.ResizeMode = cmp.Or(a.ResizeMode, tr.ResizeMode)
	tr = tr.Canonical()
	height, width := t.Sides()
	if t.Fixed && (tr.Crop != width || tr.Height() != height) {
		return tr, &TransformError{fmt.Sprintf("trunk %q takes crops of %s pixels only, not of %s", t.Name, pixels.Sides(width, height), pixels.Sides(tr.Crop, tr.CropHeight))}
	}
	if err := tr.Validate(); err != nil {
		return tr, &TransformError{err.Error()}
	}
	return tr, nil
}

// Open loads ONNX Runtime and starts a session that gives some taps of the
// trunk; the caller closes it. The session has a copy of the weights, so the
// File gives up its own: garbage of the file's size, which a program that counts
// its memory may want to collect.
func (f *File) Open(ctx context.Context, o ort.Options, taps ...string) (*ort.Session, error) {
	encoded, err := f.Content()
	if err != nil {
		return nil, err
	}
	o.Outputs = taps
	s, err := ort.Open(ctx, encoded, o)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	f.encoded = nil
	return s, nil
}

// Content is the encoded trunk, read again if it was given up. A file that has
// changed since is an error.
func (f *File) Content() ([]byte, error) {
	if f.encoded != nil {
		return f.encoded, nil
	}
	again, err := Read(f.Path)
	if err == nil && again.SHA256 != f.SHA256 {
		err = fmt.Errorf("trunk %q has changed since it was opened", f.Path)
	}
	if err != nil {
		return nil, err
	}
	return again.encoded, nil
}

// Model is the trunk's graph.
func (f *File) Model() (*onnx.Model, error) {
	encoded, err := f.Content()
	if err != nil {
		return nil, err
	}
	m, err := onnx.Decode(encoded)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	return m, nil
}

// WriteModel writes a model to path and returns its fingerprint. The file
// appears whole or not at all.
func WriteModel(path string, m *onnx.Model) (fingerprint string, err error) {
	sum := sha256.New()
	err = durable.Write(path, func(w io.Writer) error {
		_, err := m.WriteTo(io.MultiWriter(w, sum))
		return err
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
