package pixels

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var usual = Transform{Resize: 342, Crop: 299, EXIF: ApplyEXIF}

// sources returns the committed golden files, some of each format.
func sources(t testing.TB) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(goldenDir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".jsonl" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(goldenDir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = b
	}
	return files
}

// explained says whether an error is one of the package's three kinds.
func explained(err error) bool {
	var format FormatError
	var no UnsupportedError
	var limit LimitError
	return errors.As(err, &format) || errors.As(err, &no) || errors.As(err, &limit)
}

// TestMutations: whatever is done to a file, it is read or refused with a reason, soon, and in a
// memory that the limit bounds.
func TestMutations(t *testing.T) {
	both(t, func(t *testing.T, ds decoders) {
		rng := rand.New(rand.NewPCG(7, 8))
		files := sources(t)
		d := NewDecoder(Transform{Resize: 40, Crop: 32, EXIF: ApplyEXIF}, Limits{Pixels: 1 << 22})
		if err := d.UseJPEG(ds.jpeg); err != nil {
			t.Fatal(err)
		}
		names, refused := sortedNames(files), 0
		for i := range 1000 {
			name := names[i%len(names)]
			if reason := bounded(t, d, name, mutated(rng, files[name])); reason != nil {
				refused++
			}
		}
		if refused < 100 {
			t.Errorf("only %d of 1000 mutations were refused", refused)
		}
	})
}

// bounded decodes a file, checks what that costs, and returns why the file is refused.
func bounded(t *testing.T, d *Decoder, name string, file []byte) error {
	t.Helper()
	dst := make([]byte, d.transform.Crop*d.transform.Crop*3)
	before, begin := allocated(), processorTime()
	_, err := d.Crop(dst, file)
	if took := processorTime() - begin; took > 5*time.Second {
		t.Errorf("%s: took %v", name, took)
	}
	// A progressive JPEG keeps up to four coefficients of two bytes a pixel.
	if n := allocated() - before; n > 1<<20+16*d.limits.Pixels {
		t.Errorf("%s: %d bytes were allocated; the limit is %d pixels", name, n, d.limits.Pixels)
	}
	if err != nil && !explained(err) {
		t.Errorf("%s: error without a kind: %v", name, err)
	}
	return err
}

// allocated is how many bytes the process has allocated so far.
func allocated() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}

// mutated truncates a file, changes bits or bytes, fills it up with zeros, cuts a piece out, or doubles one.
func mutated(rng *rand.Rand, file []byte) []byte {
	file = bytes.Clone(file)
	switch rng.IntN(5) {
	case 0:
		return file[:rng.IntN(len(file))]
	case 1:
		from := rng.IntN(len(file))
		return slices.Delete(file, from, min(from+1+rng.IntN(40), len(file)))
	case 2:
		from := rng.IntN(len(file))
		return slices.Insert(file, from, file[from:min(from+30, len(file))]...)
	case 3:
		clear(file[rng.IntN(len(file)):])
		return file
	}
	for range 1 + rng.IntN(8) {
		at := rng.IntN(len(file))
		if rng.IntN(2) == 0 {
			at = rng.IntN(min(len(file), 60)) // headers are more interesting
		}
		if rng.IntN(2) == 0 {
			file[at] ^= 1 << rng.IntN(8)
		} else {
			file[at] = byte(rng.Uint32())
		}
	}
	return file
}

func TestTransform(t *testing.T) {
	if err := usual.Validate(); err != nil {
		t.Error(err)
	}
	if got := usual.String(); got != "resize 342, crop 299, exif apply" {
		t.Errorf("String is %q", got)
	}
	for _, bad := range []Transform{{}, {Resize: 342, Crop: 299}, {Resize: 342, EXIF: ApplyEXIF}, {Resize: 9000, Crop: 299, EXIF: ApplyEXIF}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is taken for valid", bad)
		}
		if _, err := NewDecoder(bad, Limits{}).Crop(nil, nil); err == nil {
			t.Errorf("a Decoder works with %+v", bad)
		}
	}
}

// TestAllocations: a Decoder that has seen a JPEG decodes the next one with next to no allocation;
// calls into libturbojpeg make a few small ones, whatever the size of the image.
func TestAllocations(t *testing.T) {
	files := sources(t)
	both(t, func(t *testing.T, ds decoders) {
		most := map[string]float64{OwnJPEG: 0, TurboJPEG: 20}[ds.jpeg]
		for _, name := range []string{"420.jpg", "444.jpg", "gray.jpg", "exif6.jpg", "rgb24.bmp"} {
			d, dst := ds.of(usual), make([]byte, 299*299*3)
			if got := testing.AllocsPerRun(20, func() { d.Crop(dst, files[name]) }); got > most {
				t.Errorf("%s: %v allocations an image, want at most %v", name, got, most)
			}
		}
	})
}

// FuzzEXIF: any block gives an orientation, and byte order does not matter.
func FuzzEXIF(f *testing.F) {
	f.Add([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x08\x00\x00\x00"))
	f.Add([]byte("II*\x00\xff\xff\xff\xff"))
	f.Add([]byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00" +
		"\x12\x01\x10\x00\x01\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := metadata{exif: b, xmp: b}
		if o := m.orientation(); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		for field := range fields(b) {
			if n := len(field.integers()); n > len(b) {
				t.Errorf("%d values from %d bytes", n, len(b))
			}
		}
	})
}

// FuzzCrop: a crop is the same whatever the Decoder did before, and errors have a kind.
func FuzzCrop(f *testing.F) {
	for name, file := range sources(f) {
		if len(file) < 2000 && !strings.HasSuffix(name, ".jpg") {
			f.Add(file)
		}
	}
	transform := Transform{Resize: 20, Crop: 16, EXIF: ApplyEXIF}
	used := NewDecoder(transform, Limits{Pixels: 1 << 16})
	f.Fuzz(func(t *testing.T, file []byte) {
		a, b := make([]byte, 16*16*3), make([]byte, 16*16*3)
		infoA, errA := used.Crop(a, file)
		infoB, errB := NewDecoder(transform, Limits{Pixels: 1 << 16}).Crop(b, file)
		if infoA != infoB || (errA == nil) != (errB == nil) || errA == nil && !bytes.Equal(a, b) {
			t.Errorf("a used Decoder: %+v %v; a new one: %+v %v", infoA, errA, infoB, errB)
		}
		if errA != nil && !explained(errA) {
			t.Errorf("error without a kind: %v", errA)
		}
	})
}
