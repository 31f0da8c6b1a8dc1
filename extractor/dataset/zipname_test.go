package dataset

import (
	"archive/zip"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// An oddEntry is a zip entry as some program writes it.
type oddEntry struct {
	name  string // its bytes
	maker uint16 // 0 is DOS and Windows, 3 Unix, 19 macOS
	flag  bool   // the name is said to be UTF-8
	extra []byte
}

// oddZip writes an archive of entries, each with its number for content.
func oddZip(t *testing.T, entries ...oddEntry) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "odd.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for i, e := range entries {
		h := &zip.FileHeader{Name: e.name, NonUTF8: true, CreatorVersion: e.maker << 8, Extra: e.extra}
		content := []byte{byte('0' + i)}
		h.CompressedSize64, h.UncompressedSize64, h.CRC32 = 1, 1, crc32.ChecksumIEEE(content)
		if n := len(e.name); e.name[n-1] == '/' || e.name[n-1] == '\\' {
			content = nil
			h.CompressedSize64, h.UncompressedSize64, h.CRC32 = 0, 0, 0
		}
		if e.flag {
			h.Flags |= 1 << 11
		}
		to, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// unicodeField is Info-ZIP's Unicode Path Extra Field of an entry's name.
func unicodeField(of, name string) []byte {
	b := []byte{0x75, 0x70}
	b = binary.LittleEndian.AppendUint16(b, uint16(5+len(name)))
	b = append(b, 1)
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(of)))
	return append(b, name...)
}

func TestZipNames(t *testing.T) {
	before := []byte{0x55, 0x54, 1, 0, 0} // another field
	for _, c := range []struct {
		entry oddEntry
		want  string
	}{
		{oddEntry{name: "caf\x82/0.jpg"}, "café/0.jpg"}, // code page 437
		{oddEntry{name: "caf\x82/0.jpg", maker: 3}, "café/0.jpg"},
		{oddEntry{name: "caf\xc3\xa9/0.jpg", flag: true}, "café/0.jpg"},
		{oddEntry{name: "cafe\u0301/0.jpg", maker: 3}, "cafe\u0301/0.jpg"}, // Finder
		{oddEntry{name: "caf\xc3\xa9/0.jpg", maker: 19}, "café/0.jpg"},
		{oddEntry{name: "caf\xc3\xa9/0.jpg"}, "caf├⌐/0.jpg"}, // by the standard
		{oddEntry{name: "\xe1/0.jpg"}, "ß/0.jpg"},
		{oddEntry{name: "caf?/0.jpg", extra: unicodeField("caf?/0.jpg", "café/0.jpg")}, "caf?/0.jpg"}, // ASCII is ASCII
		{oddEntry{name: "\x8b/0.jpg", extra: unicodeField("\x8b/0.jpg", "л/0.jpg")}, "л/0.jpg"},
		{oddEntry{name: "\x8b/0.jpg", extra: append(before, unicodeField("\x8b/0.jpg", "л/0.jpg")...)}, "л/0.jpg"},
		{oddEntry{name: "\x8b/0.jpg", extra: unicodeField("renamed since", "л/0.jpg")}, "ï/0.jpg"},
		{oddEntry{name: "\x8b/0.jpg", extra: unicodeField("\x8b/0.jpg", "\xff/0.jpg")}, "ï/0.jpg"},
		{oddEntry{name: "\x8b/0.jpg", extra: unicodeField("\x8b/0.jpg", "л/0.jpg")[:8]}, "ï/0.jpg"},
		{oddEntry{name: "b\xe9/0.jpg", flag: true, maker: 3}, "b\xe9/0.jpg"}, // a flag that is wrong
	} {
		d := mustScan(t, oddZip(t, c.entry), Options{Unlabeled: true})
		if got := d.Samples[0].Path; got != c.want {
			t.Errorf("%+v is %+q, want %+q", c.entry, got, c.want)
		}
		if b, err := d.Read(d.Samples[0], nil); err != nil || string(b) != "0" {
			t.Errorf("%+v: read %q, %v", c.entry, b, err)
		}
	}
}

func TestZipsWithBackslashes(t *testing.T) {
	for _, c := range []struct {
		name    string
		entries []oddEntry
		want    []string
		notes   int
	}{
		{"old .NET", []oddEntry{{name: `cats\0.jpg`}, {name: `dogs\1.jpg`}}, []string{":cats:cats/0.jpg", ":dogs:dogs/1.jpg"}, 1},
		{"with entries for folders", []oddEntry{{name: `cats\`}, {name: `cats\1.jpg`}, {name: `dogs\`}}, []string{":cats:cats/1.jpg"}, 1},
		{"of whatever maker", []oddEntry{{name: `cats\0.jpg`, maker: 3}, {name: `dogs\1.jpg`, maker: 3}}, []string{":cats:cats/0.jpg", ":dogs:dogs/1.jpg"}, 1},
		{"mixed, Windows", []oddEntry{{name: `cats\0.jpg`}, {name: `dogs/1.jpg`}}, []string{":cats:cats/0.jpg", ":dogs:dogs/1.jpg"}, 1},
		{"in a name, Unix", []oddEntry{{name: `cats/a\0.jpg`, maker: 3}, {name: `dogs/1.jpg`, maker: 3}}, []string{`:cats:cats/a\0.jpg`, ":dogs:dogs/1.jpg"}, 0},
		{"upwards", []oddEntry{{name: `..\..\cats\0.jpg`}, {name: `dogs\1.jpg`}}, []string{":cats:cats/0.jpg", ":dogs:dogs/1.jpg"}, 1},
	} {
		d := mustScan(t, oddZip(t, c.entries...), Options{})
		if got := listed(d); !slices.Equal(got, c.want) || len(d.Notes) != c.notes {
			t.Errorf("%s: samples %q, want %q; notes %q", c.name, got, c.want, d.Notes)
		}
	}
}

// TestArchiveWithALogo: a picture beside the folder that the data lies in, or beside the classes in
// it, is noted, and the classes are found.
func TestArchiveWithALogo(t *testing.T) {
	classes := []string{"data/ants/1.jpg", "data/ants/2.jpg", "data/bees/1.jpg", "data/bees/2.jpg"}
	splits := []string{"data/train/ants/1.jpg", "data/train/ants/2.jpg", "data/train/bees/1.jpg", "data/val/bees/2.jpg"}
	for _, c := range []struct {
		files   []string
		classes []string
		notes   int
	}{
		{classes, []string{"ants", "bees"}, 0},
		{append([]string{"data/logo.png"}, classes...), []string{"ants", "bees"}, 1},
		{append([]string{"logo.png"}, classes...), []string{"ants", "bees"}, 1},
		{append([]string{"logo.png"}, splits...), []string{"ants", "bees"}, 1},
		{append([]string{"data/logo.png"}, splits...), []string{"ants", "bees"}, 1},
		{append([]string{"logo.png", "README", "data/LICENSE"}, classes...), []string{"ants", "bees"}, 1},
		// One class, with folders in it.
		{[]string{"data/ants/1.jpg", "data/bees/1.jpg", "data/2.jpg"}, []string{"data"}, 0},
		{append([]string{"data/1.jpg", "data/2.jpg"}, classes...), []string{"data"}, 0},
	} {
		root := plant(t, c.files...)
		for _, kind := range []string{"zip", "tar"} {
			archive := pack(t, root, kind, "")
			d := mustScan(t, archive, Options{})
			if !slices.Equal(d.Classes, c.classes) || len(d.Notes) != c.notes {
				t.Errorf("%s of %q: classes %q, want %q; notes %q", kind, c.files, d.Classes, c.classes, d.Notes)
			}
			images := 0
			for _, f := range c.files {
				if kindOf(f) == imageKind {
					images++
				}
			}
			if d := mustScan(t, archive, Options{Unlabeled: true}); len(d.Samples) != images {
				t.Errorf("%s of %q: %d images without labels", kind, c.files, len(d.Samples))
			}
		}
	}
}
