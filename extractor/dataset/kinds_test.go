package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestKindsAreCounted: pictures that are not read are counted aloud, what systems and people leave
// beside pictures is not.
func TestKindsAreCounted(t *testing.T) {
	root := plant(t, "a/1.jpg", "a/2.HEIC", "a/3.heic", "a/4.avif", "a/5.gif", "a/6.jpg!d", "a/7.jpg_large", "a/8.CR2", "a/9.tga",
		"a/Thumbs.db", "a/desktop.ini", "a/notes.txt", "a/labels.csv", "a/x.json", "a/x.xml", "a/README", "a/movie.mov", "a/a.zip", "a/x.jpg.md5", "b/1.jpeg-2000")
	for kind, d := range map[string]*Dataset{"folder": mustScan(t, root, Options{}), "zip": mustScan(t, pack(t, root, "zip", ""), Options{}), "unlabelled": mustScan(t, root, Options{Unlabeled: true})} {
		if got := fmt.Sprint(d.NotRead()); got != "[{.heic 2} {.avif 1} {.cr2 1} {.gif 1} {.jpeg-2000 1} {.jpg!d 1} {.jpg_large 1} {.tga 1}]" {
			t.Errorf("%s: not read are %s", kind, got)
		}
		want := "9 pictures are not read, by their extensions: 2 .heic, 1 .avif, 1 .cr2, 1 .gif, 1 .jpeg-2000, 1 .jpg!d, 1 .jpg_large, 1 .tga"
		if !slices.Contains(d.Notes, want) {
			t.Errorf("%s: notes %q, want %q", kind, d.Notes, want)
		}
	}
	d := mustScan(t, plant(t, "a/1.jpg", "a/Thumbs.db", "a/desktop.ini", "a/notes.txt", "a/LICENSE"), Options{})
	if d.Notes != nil || d.NotRead() != nil {
		t.Errorf("notes %q about %v", d.Notes, d.NotRead())
	}
	found, err := FromPaths(t.Context(), []string{filepath.Join(root, "a"), filepath.Join(root, "a")}, Options{})
	if err != nil || len(found.Notes) != 1 || !strings.HasPrefix(found.Notes[0], "16 pictures are not read, by their extensions: 4 .heic,") {
		t.Errorf("notes %q, %v", found.Notes, err)
	}
}

func TestJPEGUnderOtherNames(t *testing.T) {
	d := mustScan(t, plant(t, "a/1.jfif", "a/2.JPE", "a/3.jif", "a/4.mpo", "a/5.dib"), Options{})
	if len(d.Samples) != 5 || d.Others != nil {
		t.Errorf("samples %q, others %v", listed(d), d.Others)
	}
}

// beginnings are those of files, and whether they are images that are read.
var beginnings = []struct {
	begin string
	want  bool
}{
	{"\xff\xd8\xff\xe0\x00\x10JFIF", true},
	{"\x89PNG\r\n\x1a\n\x00\x00", true},
	{"II*\x00\x08\x00\x00\x00", true},
	{"MM\x00*\x00\x00\x00\x08", true},
	{"II+\x00\x08\x00\x00\x00", true},
	{"RIFF\x24\x00\x00\x00WEBPVP8 \x10\x00", true},
	{"BM\x36\x00\x03\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", true},
	{"P6 640 480 255 \x00\x00\x00", true},
	{"P5\n# made by hand\n2 2", true},
	{"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00", false},
	{"BMW 320i, first registered in 1999", false},
	{"P2P networks are a kind of ...", false},
	{"P6", false},
	{"\xff\xd8", false},
	{"#!/bin/sh\necho hello, this is a script", false},
	{"MIT License, Copyright (c) 2020", false},
	{"GIF89a................", false},
	{"", false},
}

// TestWithoutExtension: the first bytes say what a file is.
func TestWithoutExtension(t *testing.T) {
	root := plant(t, "z/z.jpg", "a/")
	var want []string
	for i, b := range beginnings {
		name := fmt.Sprintf("%02d", i)
		if i%3 == 2 {
			name += "."
		}
		if err := os.WriteFile(filepath.Join(root, "a", name), []byte(b.begin), 0o666); err != nil {
			t.Fatal(err)
		}
		if b.want {
			want = append(want, ":a:a/"+name)
		}
	}
	want = append(want, ":z:z/z.jpg")
	for kind, d := range map[string]*Dataset{"folder": mustScan(t, root, Options{}), "zip": mustScan(t, pack(t, root, "zip", ""), Options{}), "tar": mustScan(t, pack(t, root, "tar", ""), Options{})} {
		if got := listed(d); !slices.Equal(got, want) {
			t.Errorf("%s: samples %q, want %q", kind, got, want)
		}
		for _, s := range d.Samples {
			if b, err := d.Read(s, nil); err != nil || int64(len(b)) != s.Bytes || s.ModTime.IsZero() {
				t.Errorf("%s: %+v: read %q, %v", kind, s, b, err)
			}
		}
	}
	found, err := FromPaths(t.Context(), []string{root}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d, err := found.Collect(t.Context()); err != nil || len(d.Samples) != len(want) || found.Count != len(want) {
		t.Errorf("%d paths, %v, want %d", len(d.Samples), err, len(want))
	}
}
