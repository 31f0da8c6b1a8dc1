package jpeg

import (
	"image"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkDecode decodes the middle of each photograph in $GRAFT_JPEG_PHOTOS, as much of it as a
// crop of 299 of 342 needs.
func BenchmarkDecode(b *testing.B) {
	var files [][]byte
	pixels := 0
	names, _ := filepath.Glob(filepath.Join(os.Getenv("GRAFT_JPEG_PHOTOS"), "*.jpg"))
	if os.Getenv("GRAFT_JPEG_PHOTOS") == "" || len(names) == 0 {
		b.Skip("set GRAFT_JPEG_PHOTOS to a directory of .jpg files")
	}
	var d Decoder
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		c, err := d.Config(file)
		if err != nil {
			continue
		}
		files = append(files, file)
		pixels += c.Width * c.Height
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, file := range files {
			c, _ := d.Config(file)
			side := min(c.Width, c.Height) * 299 / 342
			x, y := (c.Width-side)/2, (c.Height-side)/2
			m, err := d.Decode(file, image.Rect(x, y, x+side, y+side), 1)
			if err != nil {
				b.Fatal(err)
			}
			for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
				m.Row(y)
			}
		}
	}
	b.ReportMetric(float64(pixels)*float64(b.N)/1e6/b.Elapsed().Seconds(), "MP/s")
	b.ReportMetric(float64(len(files))*float64(b.N)/b.Elapsed().Seconds(), "images/s")
}
