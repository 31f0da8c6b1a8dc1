package trunk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"graft/extractor"
	"graft/onnx/ort"
	"graft/onnx/precision"
)

// Int8Settings say how the trunk in 8-bit integers of one in float32 is had.
type Int8Settings struct {
	Photographs PhotographSettings // Path, Data and Limits count
	Library     string             // path of ONNX Runtime; "" means the one that is found
	Progress    *extractor.Progress

	force bool // tests, which cannot tell whether int8 is faster on a busy machine
}

// Photographs that the trunk is made with, and that one that is there is compared
// on. They are fewer than somebody who makes one with care may want, since here
// somebody waits for the first features.
const (
	int8Measured = 128
	int8HeldOut  = 32
)

// An Int8Error says that a trunk in 8-bit integers is not worth having on this
// machine. Nothing was kept.
type Int8Error struct{ Err error } // a [*WorseError] or a [*precision.CosineError]

// Error is the cause's.
func (e *Int8Error) Error() string { return "precision int8: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *Int8Error) Unwrap() error { return e.Err }

// Int8 is the trunk in 8-bit integers that belongs to f and to the photographs at
// hand. The first time it is made of a choice of them by their content, as
// Quantize does, and kept among the cached trunks under a name with the
// fingerprints of both,
//
//	trunks/<name of f's file>-int8-<12 digits of f's SHA-256>-<12 of its own>.onnx
//
// Other photographs get the same if it comes close on them, else one of their
// own; which, is remembered by the place of the data. One that is too far off or
// no faster is an [*Int8Error]. What was done is noted in the progress.
func (c Cache) Int8(ctx context.Context, f *File, s Int8Settings) (*File, error) {
	if f.Precision == precision.Int8 {
		return f, nil
	}
	if s.Progress == nil {
		s.Progress = new(extractor.Progress)
	}
	root, err := filepath.Abs(s.Photographs.Path)
	if err != nil {
		return nil, err
	}
	if t := c.remembered(f, root); t != nil {
		return t, nil
	}
	s.Progress.Begin("choose photographs", 0)
	photographs, err := readByKey(ctx, f.Trunk, s.Photographs)
	if err != nil {
		return nil, err
	}
	t, err := c.close(ctx, f, photographs, s)
	if err == nil && t == nil {
		t, err = c.makeInt8(ctx, f, photographs, s)
	}
	if err != nil {
		return nil, err
	}
	return t, c.remember(f, root, t.SHA256)
}

// Int8Of is the trunk in 8-bit integers of f that is cached, the newest of
// several; nil if there is none.
func (c Cache) Int8Of(f *File) *File {
	if f.Precision == precision.Int8 {
		return f
	}
	var newest *File
	var at int64
	for _, path := range c.int8s(f) {
		info, err := os.Stat(path)
		if err != nil || info.ModTime().UnixNano() < at {
			continue
		}
		if t, err := Read(path); err == nil {
			newest, at = t, info.ModTime().UnixNano()
		}
	}
	return newest
}

// int8s are the paths of the cached trunks that were made of f.
func (c Cache) int8s(f *File) []string {
	folder, err := c.Path("trunks")
	if err != nil {
		return nil
	}
	paths, _ := filepath.Glob(filepath.Join(escapeGlob(folder), "*-int8-"+f.SHA256[:12]+"-*.onnx"))
	return paths
}

// close is the cached trunk of f that comes close enough on photographs; nil if
// none does.
func (c Cache) close(ctx context.Context, f *File, photographs *Photographs, s Int8Settings) (*File, error) {
	paths := c.int8s(f)
	if paths == nil {
		return nil, nil
	}
	r := f.runner(s.Library)
	var reference [][]float32
	for _, path := range append([]string{""}, paths...) {
		t := f
		if path != "" {
			var err error
			if t, err = Read(path); err != nil {
				continue
			}
		}
		m, err := t.Model()
		if err != nil {
			return nil, err
		}
		rows, err := r.features(ctx, m, photographs.HeldOut)
		if err != nil {
			return nil, err
		}
		if path == "" {
			reference = rows
			continue
		}
		if cosine := mean(cosines(rows, reference)); cosine >= DefaultMinCosine {
			s.Progress.Note("int8: takes %s, whose features of %d of these photographs have a mean cosine of %.4f to those in fp32", filepath.Base(path), len(rows), cosine)
			return t, nil
		}
	}
	return nil, nil
}

// makeInt8 makes the trunk in 8-bit integers of f and puts it among the cached.
func (c Cache) makeInt8(ctx context.Context, f *File, photographs *Photographs, s Int8Settings) (*File, error) {
	name := strings.TrimSuffix(filepath.Base(f.Path), filepath.Ext(f.Path)) + "-int8-" + f.SHA256[:12]
	path, err := c.Make("trunks", name+".making")
	if err != nil {
		return nil, err
	}
	defer os.Remove(path)
	q, err := Quantize(ctx, f, QuantizeSettings{
		SearchOptions: precision.SearchOptions{ReducedRange: !ort.HasVNNI()},
		Photographs:   photographs, Library: s.Library, Progress: s.Progress, Force: s.force,
	}, path)
	var worse *WorseError
	var far *precision.CosineError
	switch {
	case errors.As(err, &worse), errors.As(err, &far):
		return nil, &Int8Error{err}
	case err != nil:
		return nil, err
	}
	final := filepath.Join(filepath.Dir(path), name+"-"+q.SHA256[:12]+".onnx")
	if err := os.Rename(path, final); err != nil {
		return nil, fmt.Errorf("keep the trunk in int8: %w", err)
	}
	s.Progress.Note("int8: made %s of %d of these photographs: its features of %d others have a mean cosine of %.4f to those in fp32, at %.2f times the speed (%.1f images/s against %.1f)",
		filepath.Base(final), q.Images, q.HeldOut, q.Cosine, q.Rate/q.RateFP32, q.Rate, q.RateFP32)
	return Read(final)
}

// mean of some numbers, at least one.
func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}
