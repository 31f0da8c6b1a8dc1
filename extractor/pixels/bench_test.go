package pixels

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// BenchmarkPhotographs is file bytes to crop for the validation photographs of hymenoptera, about
// 0.2 megapixels each. scripts/reference.py pixels bench times Pillow on the same files.
func BenchmarkPhotographs(b *testing.B) {
	var files [][]byte
	archive := zipped(b)
	for _, name := range sortedNames(archive) {
		if strings.Contains(name, "/val/") && strings.HasSuffix(name, ".jpg") {
			files = append(files, unzipped(b, archive[name]))
		}
	}
	benchmark(b, files)
}

func sortedNames[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// BenchmarkFiles does the same for the files in the folder that GRAFT_BENCH names.
func BenchmarkFiles(b *testing.B) {
	names, _ := filepath.Glob(filepath.Join(os.Getenv("GRAFT_BENCH"), "*"))
	if os.Getenv("GRAFT_BENCH") == "" {
		b.Skip("GRAFT_BENCH names no folder of photographs")
	}
	for _, name := range names {
		b.Run(filepath.Base(name), func(b *testing.B) {
			file, err := os.ReadFile(name)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, [][]byte{file})
		})
	}
}

// benchmark decodes the files in turn and reports images a second.
func benchmark(b *testing.B, files [][]byte) {
	d := NewDecoder(usual, Limits{})
	dst := make([]byte, 299*299*3)
	i := 0
	for b.Loop() {
		if _, err := d.Crop(dst, files[i%len(files)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
	b.ReportAllocs()
}
