package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"graft/extractor/extractortest"
)

// TestMemoryStaysFlat opens, runs and closes 200 jobs in one process, each with a
// session and a folder of its own.
func TestMemoryStaysFlat(t *testing.T) {
	o, data := tiny(t), filepath.Join(extractortest.Photographs(t, 6), "val")
	const rounds, early = 200, 20
	before := int64(0)
	for i := range rounds {
		o.Folder = filepath.Join(t.TempDir(), fmt.Sprint(i))
		wantComputed(t, data, o, 3)
		if i+1 == early {
			before = resident(t)
		}
	}
	after := resident(t)
	t.Logf("resident after %d rounds %.1f MB, after %d %.1f MB", early, float64(before)/1e6, rounds, float64(after)/1e6)
	if after-before > 32<<20 {
		t.Errorf("resident memory grew from %d to %d bytes", before, after)
	}
}

// resident is the memory of this process in bytes, after a collection.
func resident(t *testing.T) int64 {
	t.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm") // pages: of the program, resident, …
	if err != nil {
		t.Skipf("resident memory is read from /proc, which is not here: %v", err)
	}
	var total, pages int64
	if _, err := fmt.Sscan(string(text), &total, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
