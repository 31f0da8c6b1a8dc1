package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const composed, apart = "caf\u00e9", "cafe\u0301" // how others and how macOS write café

func TestLabel(t *testing.T) {
	for name, want := range map[string]string{
		"ants":                   "ants",
		composed:                 composed,
		apart:                    composed,
		"caf\xe9":                "caf\uefe9",
		"e\u0301\xe9":            "\u00e9\uefe9",
		"a\u0323\u0302":          "\u1ead", // two marks on one letter
		"\u1112\u1161\u11ab":     "\ud55c", // Hangul
		"\u304b\u3099":           "\u304c", // Kana
		" a\nb\t":                " a\nb\t",
		"caf\uefe9":              "caf\uefe9", // as an earlier table has it
		"\xff\uefff":             "\uefff\uefee\uefbf\uefbf",
		"\xed\xa0\x80 surrogate": "\uefed\uefa0\uef80 surrogate", // as Windows has names
	} {
		if got := Label(name); got != want {
			t.Errorf("Label(%+q) is %+q, want %+q", name, got, want)
		}
	}
}

func FuzzLabel(f *testing.F) {
	for _, s := range []string{"", "caf\xe9", apart, "\uef80\x80", "a\u0301\u0301\xcc"} {
		f.Add(s, s+"x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		l := Label(a)
		if !utf8.ValidString(l) || !norm.NFC.IsNormalString(l) || Label(l) != l {
			t.Fatalf("Label(%+q) is %+q", a, l)
		}
		// Of two names with one label, one is no UTF-8 and the other what is written for it, or
		// they differ in how they are composed.
		if a != b && l == Label(b) && norm.NFC.String(a) != norm.NFC.String(b) && utf8.ValidString(a) == utf8.ValidString(b) {
			t.Fatalf("%+q and %+q have one label", a, b)
		}
		Alike(a, b)
	})
}

func TestAlike(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"Bees", "bees", "case"},
		{"bees ", "bees", "blanks"},
		{"honey bees", "honey\u00a0bees", "blanks"},
		{"honey bee", "HoneyBee", "case and blanks"},
		{"honey_bee", "honey-bee", "hyphens"},
		{"honey_bee", "honey bee", "blanks and hyphens"},
		{"cafe", composed, "accents"},
		{apart, composed, "how accents are put together"},
		{"Cafe ", composed, "case and blanks and accents"},
		{"\ufb01n", "fin", "the form of letters"},
		{"\u0441\u0430t", "cat", "letters of another alphabet"}, // Cyrillic
		{"caf\uefe9", "caf\ufffd", "bytes that are not UTF-8"},
		{"zero\u200bwidth", "zerowidth", "blanks"},
		{"bees", "bees", ""},
		{"ants", "bees", ""},
		{"", " ", "blanks"},
	} {
		if got, back := Alike(c.a, c.b), Alike(c.b, c.a); got != c.want || back != got {
			t.Errorf("%+q and %+q differ in %q and %q, want %q", c.a, c.b, got, back, c.want)
		}
	}
}

// fill makes files whose names need not be those that plant writes on every system.
func fill(t *testing.T, root string, paths ...string) {
	t.Helper()
	for _, p := range paths {
		name := filepath.Join(root, p)
		if os.MkdirAll(filepath.Dir(name), 0o777) != nil || os.WriteFile(name, []byte("content of "+p), 0o666) != nil {
			t.Skipf("the file system does not take the name %+q", p)
		}
	}
	if entries, _ := os.ReadDir(root); len(entries) == 0 || runtime.GOOS == "darwin" {
		t.Skip("the file system changes names")
	}
}

// TestLabelsAreComposed: one class in both splits, however the folders are written; paths stay.
func TestLabelsAreComposed(t *testing.T) {
	root := t.TempDir()
	fill(t, root, "train/"+composed+"/1.jpg", "val/"+apart+"/1.jpg", "train/b\xe9/1.jpg", "val/b\xe9/1.jpg")
	d := mustScan(t, root, Options{})
	if want := []string{"b\uefe9", composed}; !slices.Equal(d.Classes, want) {
		t.Errorf("classes %+q, want %+q", d.Classes, want)
	}
	want := []string{"train:b\uefe9:train/b\xe9/1.jpg", "train:" + composed + ":train/" + composed + "/1.jpg",
		"val:b\uefe9:val/b\xe9/1.jpg", "val:" + composed + ":val/" + apart + "/1.jpg"}
	if got := listed(d); !slices.Equal(got, want) {
		t.Errorf("samples %+q, want %+q", got, want)
	}
	if len(d.Notes) != 2 || !strings.Contains(d.Notes[0], `"train/b\xe9" is not UTF-8; its label is "b\uefe9"`) {
		t.Errorf("notes %q", d.Notes)
	}
	for _, s := range d.Samples {
		if b, err := d.Read(s, nil); err != nil || string(b) != "content of "+s.Path {
			t.Errorf("%q: read %q, %v", s.Path, b, err)
		}
	}
}

// TestSameLabels: folders whose labels would be one are refused, and both are shown.
func TestSameLabels(t *testing.T) {
	for _, names := range [][2]string{{composed, apart}, {"b\xe9", "b\uefe9"}, {"\u1ead", "a\u0323\u0302"}} {
		root := t.TempDir()
		fill(t, root, "train/"+names[0]+"/1.jpg", "train/"+names[1]+"/1.jpg", "val/"+names[1]+"/1.jpg")
		_, err := Scan(t.Context(), root, Options{})
		var same *SameLabelError
		if !errors.As(err, &same) || same.Hint() == "" {
			t.Errorf("%+q: error %v", names, err)
			continue
		}
		for _, name := range names {
			if !strings.Contains(err.Error(), fmt.Sprintf("%+q", "train/"+name)) {
				t.Errorf("error %v does not show %+q", err, name)
			}
		}
		mustScan(t, root, Options{Unlabeled: true})
	}
}

func TestClassesThatLookAlike(t *testing.T) {
	d := mustScan(t, plant(t, "train/bees/1.jpg", "val/Bees/1.jpg", "val/ants/1.jpg", "train/ants/1.jpg"), Options{})
	if len(d.Notes) != 1 || d.Notes[0] != `the classes "Bees" and "bees" differ in case only` {
		t.Errorf("notes %q", d.Notes)
	}
	d = mustScan(t, plant(t, "a/1.jpg", "A/1.jpg", "b/1.jpg", "B/1.jpg", "c/1.jpg", "C/1.jpg", "d/1.jpg", "D/1.jpg", "e/1.jpg", "E/1.jpg"), Options{})
	if len(d.Notes) != 4 || d.Notes[3] != "and so do 2 more" {
		t.Errorf("notes %q", d.Notes)
	}
	if d := mustScan(t, plant(t, "caf\u00e9/1.jpg", "cafe/1.jpg"), Options{}); d.Notes != nil {
		t.Errorf("accents make words: %q", d.Notes)
	}
}

// TestSplitOfNamesThatAreNotComposed: a class is divided as it was before labels were composed.
func TestSplitOfNamesThatAreNotComposed(t *testing.T) {
	var now, before []Sample
	for i := range 40 {
		for _, folder := range []string{apart, "b\xe9"} {
			path := fmt.Sprintf("x/%s/%d.jpg", folder, i)
			now, before = append(now, Sample{Path: path, Label: Label(folder)}), append(before, Sample{Path: path, Label: folder})
		}
	}
	a, err := Split(now, 0.2)
	b, err2 := Split(before, 0.2)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for i := range a {
		if a[i].Split != b[i].Split {
			t.Errorf("%q is %s, and was %s", a[i].Path, a[i].Split, b[i].Split)
		}
	}
}
