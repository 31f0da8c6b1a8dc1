package pixels

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkCrop is file bytes to crop, one pass over all files an operation, with each decoder of
// JPEG files. The files are those in the folder that $GRAFT_BENCH names, or else the validation
// photographs of hymenoptera, about 0.2 megapixels each. scripts/benches/pixels.py runs it beside
// Pillow. Images a second are of processor time, so that other programs do not count.
func BenchmarkCrop(b *testing.B) {
	files := benchFiles(b)
	bicubic := usual
	bicubic.Interpolation = Bicubic
	for _, c := range []struct {
		name, jpeg string
		transform  Transform
	}{{"own", OwnJPEG, usual}, {"turbo", TurboJPEG, usual}, {"own-bicubic", OwnJPEG, bicubic}, {"turbo-bicubic", TurboJPEG, bicubic}} {
		b.Run(c.name, func(b *testing.B) {
			d := NewDecoder(c.transform, Limits{})
			if err := d.UseJPEG(c.jpeg); err != nil {
				b.Skip(err)
			}
			cropAll(b, d, files) // buffers grow to their sizes
			b.ReportAllocs()
			begin := processorTime()
			for b.Loop() {
				cropAll(b, d, files)
			}
			b.ReportMetric(float64(b.N*len(files))/(processorTime()-begin).Seconds(), "images/s")
		})
	}
}

func benchFiles(b *testing.B) (files [][]byte) {
	dir := os.Getenv("GRAFT_BENCH")
	if dir == "" {
		for name, f := range zipped(b) {
			if strings.Contains(name, "/val/") && strings.HasSuffix(name, ".jpg") {
				files = append(files, unzipped(b, f))
			}
		}
		return files
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		b.Fatalf("GRAFT_BENCH is %s, which has no files", dir)
	}
	return files
}

func cropAll(b *testing.B, d *Decoder, files [][]byte) {
	dst := make([]byte, usual.Crop*usual.Crop*3)
	for _, file := range files {
		if _, err := d.Crop(dst, file); err != nil {
			b.Fatal(err)
		}
	}
}
