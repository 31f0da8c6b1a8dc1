package ingest

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/extractor/extractortest"
)

// TestMutatedImages gives a whole run hundreds of damaged files of every format
// beside some sound ones: each that cannot be read is in the samples table with
// its reason, all others have features, and memory stays bounded.
func TestMutatedImages(t *testing.T) {
	const mutations, sound = 330, 20
	p := process{Data: t.TempDir(), Folder: filepath.Join(t.TempDir(), "features"), Trunk: tiny(t).Trunk}
	certain := writeMutated(t, p.Data, mutations, sound)
	c := p.command(t)
	said, err := finish(c)
	if err != nil {
		t.Fatal(err)
	}
	store, table := opened(t, p.Folder)
	defer store.Close()
	if len(table.Records) != mutations+sound {
		t.Fatalf("%d records, want %d", len(table.Records), mutations+sound)
	}
	refused := 0
	for _, r := range table.Records {
		if r.Error != "" {
			refused++
		}
		switch {
		case r.Error == "" && !store.Has(r.Key, 0):
			t.Errorf("%s has neither features nor a reason", r.Path)
		case strings.HasPrefix(r.Path, "sound/") && r.Error != "":
			t.Errorf("%s is sound but: %s", r.Path, r.Error)
		case certain[r.Path] && r.Error == "":
			t.Errorf("%s was read", r.Path)
		case strings.Contains(r.Error, "\n") || strings.Contains(r.Error, "goroutine"):
			t.Errorf("%s: reason %q", r.Path, r.Error)
		}
	}
	if said.Failed != refused || refused < len(certain) {
		t.Errorf("%d could not be read, it says; the table has %d, of which %d are certain", said.Failed, refused, len(certain))
	}
	if rows := store.Len(); rows == 0 || rows > mutations+sound-refused {
		t.Errorf("%d rows for %d images", rows, mutations+sound-refused)
	}
	peak := peakMemory(c.ProcessState)
	if peak > 300<<20 {
		t.Errorf("it took %d MB at most", peak>>20)
	}
	t.Logf("%d refused, %d read; at most %d MB", refused, mutations+sound-refused, peak>>20)
}

// writeMutated makes the files, and returns those that nothing can read.
func writeMutated(t *testing.T, data string, mutations, sound int) (certain map[string]bool) {
	t.Helper()
	names, err := filepath.Glob("../../testdata/golden/pixels/*")
	names = slices.DeleteFunc(names, func(n string) bool { return filepath.Ext(n) == ".jsonl" })
	pictures, err2 := filepath.Glob(filepath.Join(extractortest.Demo(t), "val/*/*.jpg"))
	if err != nil || err2 != nil || len(names) < 20 || len(pictures) < sound {
		t.Fatalf("%d and %d pictures, %v, %v", len(names), len(pictures), err, err2)
	}
	names = append(names, pictures[:20]...)
	certain = map[string]bool{}
	write := func(path string, content []byte) {
		path = filepath.Join(data, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for i := range sound {
		b, err := os.ReadFile(pictures[i])
		if err != nil {
			t.Fatal(err)
		}
		write(fmt.Sprintf("sound/%03d.jpg", i), b)
	}
	random := rand.New(rand.NewPCG(11, 12))
	for i := range mutations {
		from := names[i%len(names)]
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		m := ways[i%len(ways)]
		// A scan passes over .pbm and .gif; what a file is, is told by its content.
		extension := cmp.Or(m.extension, strings.NewReplacer(".pbm", ".ppm", ".gif", ".png").Replace(filepath.Ext(from)))
		path := fmt.Sprintf("%s/%04d%s", m.name, i, extension)
		write(path, m.mutate(random, b))
		if m.certain {
			certain[path] = true
		}
	}
	return certain
}

// ways are what is done to the files; after those that are certain, nothing can
// read them.
var ways = []struct {
	name, extension string
	certain         bool
	mutate          func(*rand.Rand, []byte) []byte
}{
	{"half", "", true, func(_ *rand.Rand, b []byte) []byte { return b[:len(b)/2] }},
	{"truncated", "", false, func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b))] }},
	{"bits", "", false, func(r *rand.Rand, b []byte) []byte {
		for range 1 + r.IntN(8) {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		}
		return b
	}},
	{"header", "", false, func(r *rand.Rand, b []byte) []byte {
		b[r.IntN(min(len(b), 60))] = byte(r.Uint32())
		return b
	}},
	{"zeros", "", true, func(_ *rand.Rand, b []byte) []byte { return make([]byte, len(b)) }},
	{"zerotail", "", false, func(r *rand.Rand, b []byte) []byte { clear(b[r.IntN(len(b)):]); return b }},
	{"empty", ".png", true, func(*rand.Rand, []byte) []byte { return nil }},
	{"text", ".jpg", true, func(*rand.Rand, []byte) []byte { return []byte("a shopping list") }},
	{"renamed", ".jpg", false, func(_ *rand.Rand, b []byte) []byte { return b }},
	{"bomb", ".png", true, func(r *rand.Rand, _ []byte) []byte { return pngBomb(60_000+r.Uint32N(5000), 60_000) }},
	{"bombinside", ".png", true, func(*rand.Rand, []byte) []byte { return pngBomb(13_000, 13_000) }},
}

// pngBomb is a PNG that promises w×h pixels and holds none.
func pngBomb(w, h uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		binary.Write(&b, binary.BigEndian, uint32(len(data)))
		b.WriteString(kind)
		b.Write(data)
		binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(kind), data...)))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	chunk("IHDR", append(header, 8, 2, 0, 0, 0))
	chunk("IDAT", []byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1})
	chunk("IEND", nil)
	return b.Bytes()
}
