//go:build unix

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"graft/extractor/dataset"
)

// trees is how many folders are made at random, a few of them where tests shall be
// short; $GRAFT_TEST_TREES may say another number, and $GRAFT_TEST_TREE the only one.
const trees, fewTrees = 200, 20

// words are names of files and folders in ten scripts and worse.
var words = []string{
	"ants", "Bienen", "caf\u00e9", "cafe\u0301", "\u017c\u00f3\u0142w", "\u1ebf\u0323ch", "пчёлы", "μέλισσες", "נמלים", "نحل", "चींटी", "มด", "蚂蚁", "ミツバチ", "ハ\u3099チ", "꿀벌", "\u1101\u116e\u11af", "ጉንዳን", "մեղու",
	"🐝", "👩‍🔬", "caf\xe9", "b\xfc\xe4n", "\xff\xfe", "\xed\xa0\x80", "\uef41 private", "a\uefe9",
	" blank before", "blank behind ", "two  blanks", "no\u00a0break", "zero\u200bwidth", "new\nline", "tab\tin", "back\\slash", "quo\"te", "it's", "com,ma", "semi;colon", "%s", "%2F", "<b>", "a&b", "-dash", "--out", "~", "#hash", "@at", "$money", "=1+1",
	"CON", "aux", "nul.txt", "COM1", "LPT9.d", "dot.", "two..dots", "123", "1e5", "NaN", "null", "true", "train station", "testimony", "Valentine", "deviled", strings.Repeat("long", 50),
}

// A tree is a folder of photographs as nobody would make it, and what must come
// of it.
type tree struct {
	t      *testing.T
	random *rand.Rand
	root   string
	images map[string]bool // whether each can be read, by its path below root
	labels []string        // that a head must have, sorted
	locked bool            // there is a folder that cannot be entered
	twins  bool            // there are two folders whose labels would be one
	n      int             // images made
}

// name is one of words, or two.
func (w *tree) name() string {
	s := words[w.random.IntN(len(words))]
	if w.random.IntN(4) == 0 {
		s += words[w.random.IntN(len(words))]
	}
	for len(s) > 220 {
		s = s[:220]
	}
	return s
}

func (w *tree) some(list ...string) string { return list[w.random.IntN(len(list))] }

func (w *tree) odds(in int) bool { return w.random.IntN(in) == 0 }

// file writes a file below the root, whose name may be there already.
func (w *tree) file(path string, content []byte) bool {
	name := filepath.Join(w.root, path)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		w.t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return false
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		w.t.Fatal(err)
	}
	return true
}

// picture is a small one, unlike all others.
func (w *tree) picture() []byte {
	w.n++
	b := fmt.Appendf(nil, "P6 6 6 255\n")
	for range 6 * 6 {
		b = append(b, byte(w.n), byte(w.random.Uint32()), byte(w.n*w.n))
	}
	return b
}

// photographs puts n good ones into a folder.
func (w *tree) photographs(dir string, n int) {
	for n > 0 {
		path := filepath.Join(dir, w.name()+w.some(".jpg", ".JPG", ".png", ".jfif", ".ppm", ".TIFF", ".webp", ".mpo", ".bmp"))
		if w.odds(6) {
			path = filepath.Join(dir, "IMG"+strconv.Itoa(w.n)) // its first bytes say what it is
		}
		if w.file(path, w.picture()) {
			w.images[path] = true
			n--
		}
	}
}

// noise puts into a folder what is no photograph, or none that can be read.
func (w *tree) noise(dir string) {
	switch w.random.IntN(12) {
	case 0:
		w.file(filepath.Join(dir, w.some("Thumbs.db", "desktop.ini", ".DS_Store", "._IMG.jpg", "notes.txt", "LICENSE", "labels.csv")), []byte("hello, hello, hello, hello"))
	case 1:
		w.file(filepath.Join(dir, w.name()+w.some(".heic", ".AVIF", ".cr2", ".jpg!d", ".mov", ".svg")), w.picture())
	case 2:
		system := w.some("$RECYCLE.BIN", "System Volume Information", "lost+found", "LOST+FOUND", "#recycle", "#snapshot", "@Recycle", "RECYCLER", "__pycache__", ".Trash-1000", "@eaDir", "__MACOSX", ".ipynb_checkpoints")
		w.file(filepath.Join(dir, system, "x", "photo.jpg"), w.picture())
	case 3:
		os.Mkdir(filepath.Join(w.root, dir, w.some("lost+found", "System Volume Information", ".empty")), 0o777)
	case 4:
		if path := filepath.Join(dir, w.name()+".jpg"); w.file(path, []byte("this is no picture")) {
			w.images[path] = false
		}
	case 5:
		if path := filepath.Join(dir, w.name()+".png"); os.Symlink("nowhere\xe9", filepath.Join(w.root, path)) == nil {
			w.images[path] = false
		}
	case 6:
		os.Symlink(w.some("..", ".", w.root), filepath.Join(w.root, dir, "loop"+strconv.Itoa(w.n)))
	case 7:
		syscall.Mkfifo(filepath.Join(w.root, dir, "pipe"+w.some(".jpg", "")), 0o666)
	}
}

// class fills the folder of a class.
func (w *tree) class(dir string, n int) {
	w.photographs(dir, n)
	for range w.random.IntN(4) {
		w.noise(dir)
	}
	if w.odds(3) {
		sub := filepath.Join(dir, w.name())
		w.photographs(sub, 1+w.random.IntN(3))
		w.noise(sub)
	}
}

// link puts a link to a photograph, and one to a folder, into a class.
func (w *tree) link(dir string) {
	for path, good := range w.images {
		if to := filepath.Join(dir, "link"+strconv.Itoa(w.n)+".jpg"); good && w.odds(8) && os.Symlink(filepath.Join(w.root, path), filepath.Join(w.root, to)) == nil {
			w.images[to] = true
			return
		}
	}
}

// lock makes a folder that cannot be entered.
func (w *tree) lock(dir string) {
	path := filepath.Join(w.root, dir, "locked"+w.name())
	if os.Geteuid() == 0 || os.Mkdir(path, 0o777) != nil {
		return
	}
	if err := errors.Join(os.WriteFile(filepath.Join(path, "x.jpg"), w.picture(), 0o666), os.Chmod(path, 0)); err != nil {
		w.t.Fatal(err)
	}
	w.locked = true
	w.t.Cleanup(func() { os.Chmod(path, 0o777) })
}

// classNames are names that people would call classes.
func (w *tree) classNames() (names []string) {
	seen := map[string]bool{}
	for n := 2 + w.random.IntN(3); len(names) < n; {
		name := w.name()
		if !seen[dataset.Label(name)] {
			seen[dataset.Label(name)] = true
			names = append(names, name)
		}
	}
	return names
}

// wild makes a tree.
func wild(t *testing.T, seed uint64) *tree {
	w := &tree{t: t, random: rand.New(rand.NewPCG(seed, 7)), images: map[string]bool{}}
	w.root = filepath.Join(t.TempDir(), w.name())
	parents, classes := []string{""}, w.classNames()
	if w.odds(2) {
		parents = []string{w.some("train", "Train", "TRAINING", "train_set", "Training Set"), w.some("val", "Valid", "dev", "validation_set", "Test", "Testing")}
		if w.odds(3) {
			w.photographs(w.some("docs", "extra\xe9"), 2) // beside the splits
		}
	}
	for _, c := range classes {
		for _, parent := range parents {
			w.class(filepath.Join(parent, c), 4+w.random.IntN(4))
		}
		w.labels = append(w.labels, dataset.Label(c))
	}
	slices.Sort(w.labels)
	first := filepath.Join(parents[0], classes[0])
	w.link(first)
	if w.odds(3) {
		w.lock(first)
	}
	if w.odds(4) {
		w.photographs("", 1) // beside the classes
	}
	if w.odds(4) { // an empty class
		empty := filepath.Join(w.root, parents[0], "empty")
		if os.Mkdir(empty, 0o777) == nil && w.odds(2) {
			w.file(filepath.Join(parents[0], "empty", "notes.txt"), nil)
		}
	}
	if twin := filepath.Join(parents[0], "e\u0301"); w.odds(12) {
		w.photographs(twin, 1)
		w.photographs(filepath.Join(parents[0], "\u00e9"), 1)
		w.twins = true
	}
	return w
}
