package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"graft/extractor/dataset"
	"graft/extractor/trunk"
	"graft/head/classify"
	"graft/onnx"
	"graft/onnx/ort/orttest"
)

// trees is how many folders are made at random; $GRAFT_TEST_TREES may say another
// number, and $GRAFT_TEST_TREE the only one.
const trees = 200

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
	if err = cmpErr(err, f.Close()); err != nil {
		w.t.Fatal(err)
	}
	return true
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
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
	if err := cmpErr(os.WriteFile(filepath.Join(path, "x.jpg"), w.picture(), 0o666), os.Chmod(path, 0)); err != nil {
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

// commands are run in a process of their own thought: their words, and what they write.
func (w *tree) graft(code int, args ...string) string {
	w.t.Helper()
	var out, said bytes.Buffer
	got := run(w.t.Context(), append([]string{"graft"}, args...), strings.NewReader(""), &out, &said)
	if got != code {
		w.t.Fatalf("graft %q: exit code %d, want %d: %s", args, got, code, &said)
	}
	if strings.Contains(said.String(), "panic") {
		w.t.Errorf("graft %q: %s", args, &said)
	}
	return out.String()
}

// opens looks for a path of an output, below dir, among the photographs; it returns
// its path below the root.
func (w *tree) opens(path, dir string) string {
	w.t.Helper()
	if !utf8.ValidString(path) {
		w.t.Errorf("the path %+q is not UTF-8", path)
	}
	at := dataset.Resolve(filepath.Join(dir, path))
	if _, err := os.ReadFile(at); err != nil {
		w.t.Errorf("%+q does not open: %v", path, err)
	}
	rel, err := filepath.Rel(w.root, at)
	if err != nil {
		w.t.Error(err)
	}
	return rel
}

// all checks that paths of an output are those of all photographs that can be read.
func (w *tree) all(what string, paths []string, dir string, want []string) {
	w.t.Helper()
	var got []string
	for _, p := range paths {
		got = append(got, w.opens(p, dir))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: %+q, want %+q", what, got, want)
	}
}

// TestWildTrees takes trees through the whole of graft.
func TestWildTrees(t *testing.T) {
	library := orttest.Library(t)
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("names of files are not bytes here")
	}
	t.Setenv("GRAFT_ORT_LIB", library)
	t.Setenv("GRAFT_TRUNK", quickTrunk(t))
	n, only := trees, -1
	if text := os.Getenv("GRAFT_TEST_TREES"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	if text := os.Getenv("GRAFT_TEST_TREE"); text != "" {
		only, _ = strconv.Atoi(text)
	}
	for i := range n {
		if only < 0 || i == only {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Setenv("XDG_CACHE_HOME", t.TempDir())
				wild(t, uint64(i)).through()
			})
		}
	}
}

// through takes a tree through all commands.
func (w *tree) through() {
	out := w.t.TempDir()
	in := func(name string) string { return filepath.Join(out, name) }
	head := in("h\xe9ad.onnx")
	if w.twins {
		w.graft(exitFailure, "fit", w.root, "--allow-empty", "--out", head)
		return
	}
	d, err := dataset.Scan(w.t.Context(), w.root, dataset.Options{AllowEmpty: true})
	if err != nil {
		w.t.Fatal(err)
	}
	if !slices.Equal(d.Classes, w.labels) {
		w.t.Fatalf("classes %+q, want %+q", d.Classes, w.labels)
	}
	labelled, code := w.expected(d)
	w.graft(code, "fit", w.root, "--allow-empty", "--out", head, "--features", in("features"), "--epochs", "2")
	h, err := classify.ReadHead(head)
	if err != nil {
		w.t.Fatal(err)
	}
	if !slices.Equal(h.Classes(), w.labels) {
		w.t.Errorf("the head has %+q, want %+q", h.Classes(), w.labels)
	}
	w.graft(code, "eval", dataset.Escape(head), dataset.Escape(w.root), "--features", in("features"))
	w.evaluated(w.graft(code, "eval", head, in("features"), "--json"))
	w.checked(w.graft(code, "check", w.root, "--json", "--features", in("features")))
	w.graft(code, "check", w.root, "--html", in("check.html"))
	w.predicted(head, in)
	for _, format := range []string{"csv", "npy", "parquet"} {
		w.graft(code, "features", "export", in("features"), "--out", in("f."+format))
	}
	w.all("features in csv", column(w.t, readTable(w.t, in("f.csv"), ','), "path"), w.root, labelled)
	w.all("features in parquet", parquetPaths(w.t, in("f.parquet")), w.root, labelled)
}

// expected are the photographs with labels that can be read, and the exit code of
// those who read all that have some.
func (w *tree) expected(d *dataset.Dataset) (labelled []string, code int) {
	for _, s := range d.Samples {
		good, known := w.images[s.Path]
		if !known && !strings.Contains(s.Path, "loop") {
			w.t.Errorf("%+q is taken for a photograph", s.Path)
		}
		if good {
			labelled = append(labelled, s.Path)
		} else {
			code = exitPartial
		}
	}
	if w.locked {
		code = exitPartial
	}
	slices.Sort(labelled)
	return labelled, code
}

// predicted labels everything in every format.
func (w *tree) predicted(head string, in func(string) string) {
	var want []string
	code := exitOK
	for path, good := range w.images {
		if good {
			want = append(want, path)
		} else {
			code = exitPartial
		}
	}
	if w.locked {
		code = exitPartial
	}
	slices.Sort(want)
	for _, format := range []string{"csv", "tsv", "json", "jsonl", "parquet"} {
		file := in("p." + format)
		w.graft(code, "predict", head, w.root, "--out", file)
		var paths []string
		switch format {
		case "csv":
			paths = column(w.t, readTable(w.t, file, ','), "path")
		case "tsv":
			paths = column(w.t, readTable(w.t, file, '\t'), "path")
		case "parquet":
			paths = parquetPaths(w.t, file)
		default:
			paths = jsonPaths(w.t, file)
		}
		w.all("predictions in "+format, paths, "", want)
		w.graft(exitOK, "predict", head, paths[w.random.IntN(len(paths))], "--format", format, "--out", in("again"))
	}
	w.graft(exitOK, "predict", head, "--list", in("p.csv"), "--out", in("again.csv"))
	first, err := os.ReadFile(in("p.csv"))
	again, err2 := os.ReadFile(in("again.csv"))
	if err := cmpErr(err, err2); err != nil || !bytes.Equal(first, again) {
		w.t.Errorf("predictions of the list of predictions differ (%v)", err)
	}
}

// evaluated looks at the paths of eval --json.
func (w *tree) evaluated(text string) {
	var e struct{ Worst []struct{ Path, True string } }
	if err := json.Unmarshal([]byte(text), &e); err != nil || len(e.Worst) == 0 {
		w.t.Errorf("eval: %v, %q", err, text)
	}
	for _, i := range e.Worst {
		w.opens(i.Path, w.root)
		if !slices.Contains(w.labels, i.True) {
			w.t.Errorf("eval has a class %+q", i.True)
		}
	}
}

// checked looks at the paths of check --json.
func (w *tree) checked(text string) {
	type image struct{ Path, Label string }
	var c struct {
		Unreadable, Pictures []image
		Duplicates           []struct{ Images []image }
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		w.t.Errorf("check: %v, %q", err, text)
	}
	images := c.Pictures
	for _, g := range c.Duplicates {
		images = append(images, g.Images...)
	}
	for _, i := range images {
		w.opens(i.Path, w.root)
		if i.Label != "" && !slices.Contains(w.labels, i.Label) {
			w.t.Errorf("check has a class %+q", i.Label)
		}
	}
	for _, i := range c.Unreadable {
		if _, err := os.Lstat(dataset.Resolve(filepath.Join(w.root, i.Path))); err != nil {
			w.t.Errorf("unreadable %+q: %v", i.Path, err)
		}
	}
}

// readTable reads a csv or tsv file.
func readTable(t *testing.T, path string, comma rune) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = comma
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// column is a column of a table, by its name.
func column(t *testing.T, rows [][]string, name string) (cells []string) {
	t.Helper()
	at := slices.Index(rows[0], name)
	if at < 0 {
		t.Fatalf("no column %q in %q", name, rows[0])
	}
	for _, row := range rows[1:] {
		cells = append(cells, row[at])
	}
	return cells
}

// jsonPaths are the paths in json, an array, and jsonl.
func jsonPaths(t *testing.T, path string) (paths []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	type object struct{ Path string }
	var list []object
	if err := json.Unmarshal(text, &list); err != nil {
		list = nil
		for d := json.NewDecoder(bytes.NewReader(text)); ; {
			var o object
			if err := d.Decode(&o); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			list = append(list, o)
		}
	}
	for _, o := range list {
		paths = append(paths, o.Path)
	}
	return paths
}

// parquetPaths is the column path of a Parquet file.
func parquetPaths(t *testing.T, path string) (paths []string) {
	t.Helper()
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := r.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	for _, chunk := range table.Column(0).Data().Chunks() {
		for i := range chunk.Len() {
			paths = append(paths, chunk.(*array.String).Value(i))
		}
	}
	return paths
}

// quickTrunk writes an untrained trunk of one convolution.
func quickTrunk(t *testing.T) string {
	t.Helper()
	const dim, kernel = 8, 8 * 3 * 4 * 4
	random := rand.New(rand.NewPCG(1, 1))
	weights := make([]float32, kernel)
	for i := range weights {
		weights[i] = (random.Float32() - 0.5) / 100
	}
	b := onnx.NewBuilder("quick")
	x := b.Input(onnx.Pixels, onnx.Uint8, "n", "h", "w", 3)
	x = b.Op("Cast", "float", x)
	b.Attr("to", int64(onnx.Float32))
	x = b.Op("Transpose", "planes", x)
	b.Attr("perm", []int64{0, 3, 1, 2})
	x = b.Op("Conv", "convolved", x, b.Const("kernels", []int64{dim, 3, 4, 4}, weights))
	b.Attr("strides", []int64{4, 4})
	b.Op("Flatten", onnx.Features, b.Op("GlobalAveragePool", "averages", b.Op("Relu", "lifted", x)))
	b.Output(onnx.Features, onnx.Float32, "n", dim)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	onnx.Trunk{Name: "quick", Source: "a test", Resize: 40, Crop: 32, Taps: []onnx.Tap{{Name: onnx.Features, Dim: dim}}}.Describe(m)
	path := filepath.Join(t.TempDir(), "quick.onnx")
	if _, err := trunk.WriteModel(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}
