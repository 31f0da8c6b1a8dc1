package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestSystemFolders(t *testing.T) {
	for _, name := range []string{"$RECYCLE.BIN", "$Recycle.Bin", "RECYCLER", "Recycled", "System Volume Information", "SYSTEM VOLUME INFORMATION", "$Extend", "FOUND.000",
		"lost+found", "LOST+FOUND", "LOST.DIR", "#recycle", "#Recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", "@tmp", "~snapshot", "Network Trash Folder", "Temporary Items",
		"@eaDir", "__MACOSX", "__pycache__", ".Trash-1000", ".Trashes", ".Spotlight-V100", ".fseventsd", ".ipynb_checkpoints", ".git", ".snapshot", ".@__thumb"} {
		root := plant(t, "a/1.jpg", "b/1.jpg", name+"/S-1-5/1.jpg", "a/"+name+"/2.jpg")
		for kind, d := range map[string]*Dataset{"folder": mustScan(t, root, Options{}), "zip": mustScan(t, pack(t, root, "zip", ""), Options{}), "tar": mustScan(t, pack(t, root, "tar", "x"), Options{})} {
			if !slices.Equal(d.Classes, []string{"a", "b"}) || len(d.Samples) != 2 || d.Empty != nil {
				t.Errorf("%s, %q: classes %q, samples %q, empty %q", kind, name, d.Classes, listed(d), d.Empty)
			}
			if said := len(d.Notes) > 0; said != remarkable(name) || said && !strings.Contains(d.Notes[len(d.Notes)-1], "belongs to the system") {
				t.Errorf("%s, %q: notes %q", kind, name, d.Notes)
			}
		}
	}
	// An empty one, beside splits, and what is called almost so.
	d := mustScan(t, plant(t, "train/a/1.jpg", "train/b/1.jpg", "lost+found/", "val/System Volume Information/", "val/a/1.jpg", "val/lost and found/1.jpg"), Options{})
	if d.Empty != nil || d.Beside != nil || !slices.Equal(d.Classes, []string{"a", "b", "lost and found"}) {
		t.Errorf("classes %q, empty %q, beside %q", d.Classes, d.Empty, d.Beside)
	}
	// Only folders are the system's.
	if d := mustScan(t, plant(t, "a/recycler", "a/1.jpg"), Options{}); fmt.Sprint(d.Others) != "[{ 1}]" {
		t.Errorf("others %v", d.Others)
	}
}

func TestSplitNames(t *testing.T) {
	for split, names := range map[string][]string{
		"train": {"train", "Train", "TRAIN", "training", "Training", "train_set", "training_set", "trainset", "Training-Set", "train data", "train_images", " train "},
		"val":   {"val", "Val", "valid", "Valid", "validation", "dev", "eval", "evaluation", "val_set", "validation_set", "dev_set", "valid_images"},
		"test":  {"test", "Test", "testing", "Testing", "test_set", "testset", "TEST_IMAGES"},
		"":      {"", "trains", "trainer", "tests", "best", "values", "set", "data", "invalid", "training_wheels", "device", "t", strings.Repeat("train", 99)},
	} {
		for _, name := range names {
			if got := SplitOf(name); got != split {
				t.Errorf("%q is the split %q, want %q", name, got, split)
			}
		}
	}
}

var splitLayouts = []struct {
	name  string
	files []string
	want  []string
}{
	{"any case", []string{"Train/a/1.jpg", "Test/a/1.jpg"}, []string{"train:a:Train/a/1.jpg", "test:a:Test/a/1.jpg"}},
	{"training, testing", []string{"Training/a/1.jpg", "Testing/a/1.jpg"}, []string{"train:a:Training/a/1.jpg", "test:a:Testing/a/1.jpg"}},
	{"sets", []string{"training_set/a/1.jpg", "test_set/a/1.jpg", "dev/a/1.jpg", "eval/a/2.jpg"},
		[]string{"train:a:training_set/a/1.jpg", "val:a:dev/a/1.jpg", "val:a:eval/a/2.jpg", "test:a:test_set/a/1.jpg"}},
	{"train and Valid", []string{"train/a/1.jpg", "Valid/a/1.jpg"}, []string{"train:a:train/a/1.jpg", "val:a:Valid/a/1.jpg"}},
	{"Validation alone", []string{"Validation/a/1.jpg"}, []string{"val:a:Validation/a/1.jpg"}},
	{"Train beside something", []string{"Train/a/1.jpg", "docs/1.jpg"}, []string{"train:a:Train/a/1.jpg"}},
	// Words that are classes, too.
	{"training and resting", []string{"training/1.jpg", "resting/1.jpg"}, []string{":resting:resting/1.jpg", ":training:training/1.jpg"}},
	{"Train, Bus and Car", []string{"Train/1.jpg", "Bus/1.jpg", "Car/1.jpg"}, []string{":Bus:Bus/1.jpg", ":Car:Car/1.jpg", ":Train:Train/1.jpg"}},
	{"dev and prod", []string{"dev/1.jpg", "prod/1.jpg"}, []string{":dev:dev/1.jpg", ":prod:prod/1.jpg"}},
	{"valid and invalid", []string{"valid/1.jpg", "invalid/1.jpg"}, []string{":invalid:invalid/1.jpg", ":valid:valid/1.jpg"}},
}

func TestSplitsUnderOtherNames(t *testing.T) {
	for _, l := range splitLayouts {
		root := plant(t, l.files...)
		for kind, d := range map[string]*Dataset{"folder": mustScan(t, root, Options{}), "zip": mustScan(t, pack(t, root, "zip", ""), Options{})} {
			if got := listed(d); !slices.Equal(got, l.want) {
				t.Errorf("%s of %s: samples %q, want %q", kind, l.name, got, l.want)
			}
		}
	}
	if d := mustScan(t, plant(t, "train/a/1.jpg", "holdout/a/1.jpg"), Options{}); !slices.Equal(d.Beside, []string{"holdout"}) || len(d.Notes) != 1 {
		t.Errorf("beside %q, notes %q", d.Beside, d.Notes)
	}
}

func TestClassesLikeSplits(t *testing.T) {
	for _, c := range []struct {
		files []string
		want  bool
	}{
		{[]string{"train/train/ants/1.jpg", "train/train/bees/1.jpg", "test/test/ants/1.jpg"}, true},
		{[]string{"Train1/a/1.jpg", "Test1/a/1.jpg"}, true},
		{[]string{"seg_train/seg_train/a/1.jpg", "seg_test/seg_test/a/1.jpg"}, true},
		{[]string{"my-train/1.jpg", "my-val/1.jpg", "my-test/1.jpg"}, true},
		{[]string{"bullet train/1.jpg", "steam train/1.jpg"}, false},
		{[]string{"bullet train/1.jpg", "test tube/1.jpg"}, false},
		{[]string{"valid/1.jpg", "invalid/1.jpg"}, false},
		{[]string{"train/ants/1.jpg", "test/ants/1.jpg"}, false},
	} {
		d := mustScan(t, plant(t, c.files...), Options{})
		if d.LikeSplits() != c.want {
			t.Errorf("%q: classes %q look like splits: %v", c.files, d.Classes, !c.want)
		}
	}
	if likeSplits(nil) {
		t.Error("no classes look like splits")
	}
}

// TestSameFolders: classes that hold nothing but the same folders may be none.
func TestSameFolders(t *testing.T) {
	for _, c := range []struct {
		files []string
		want  int
	}{
		{[]string{"north/ants/1.jpg", "north/bees/1.jpg", "south/ants/1.jpg", "south/bees/1.jpg"}, 1},
		{[]string{"north/ants/1.jpg", "north/bees/1.jpg", "south/ants/1.jpg"}, 0},
		{[]string{"north/ants/1.jpg", "north/bees/1.jpg", "south/ants/1.jpg", "south/bees/1.jpg", "south/2.jpg"}, 0},
		{[]string{"cats/images/1.jpg", "dogs/images/1.jpg"}, 0},
		{[]string{"train/north/ants/1.jpg", "train/north/bees/1.jpg", "train/south/ants/1.jpg", "train/south/bees/1.jpg"}, 1},
	} {
		d := mustScan(t, plant(t, c.files...), Options{})
		if len(d.Notes) != c.want || c.want > 0 && !strings.Contains(d.Notes[0], `each of the 2 classes holds the folders "ants", "bees"`) {
			t.Errorf("%q: notes %q", c.files, d.Notes)
		}
	}
}

func TestEmptyClasses(t *testing.T) {
	files := []string{"train/a/1.jpg", "train/b/1.jpg", "val/a/1.jpg", "val/b/x.HEIC", "val/b/y.heic", "val/b/z/1.gif", "val/b/notes.txt"}
	d := mustScan(t, plant(t, files...), Options{})
	if !slices.Equal(d.Empty, []string{"val/b"}) || d.InEmpty(0) != "2 .heic, 1 .gif" {
		t.Errorf("empty %q", d.Empty)
	}
	d = mustScan(t, plant(t, append(files, "train/c/")...), Options{AllowEmpty: true})
	if d.Empty != nil || !slices.Equal(d.Classes, []string{"a", "b"}) || len(d.Notes) != 3 || !strings.Contains(d.Notes[0], `"train/c" holds no images and is left out`) {
		t.Errorf("empty %q, classes %q, notes %q", d.Empty, d.Classes, d.Notes)
	}
}
