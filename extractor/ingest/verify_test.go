package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/pixels"
)

// verified is the verification of the one folder.
func verified(t *testing.T, data string, o Options, s VerifySettings) *Verification {
	t.Helper()
	list, err := Verify(t.Context(), data, o, s)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d verifications, error %v", len(list), err)
	}
	return list[0]
}

// flip changes a byte in the middle of a file, behind its size and time.
func flip(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	b := fileAt(t, path)
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// partIn is the one part of a folder.
func partIn(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "part-*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("parts %q, %v", names, err)
	}
	return names[0]
}

// TestVerifyFindsEachFault plants one fault after the other into a folder of
// twelve photographs with one view, and wants it found and nothing else.
func TestVerifyFindsEachFault(t *testing.T) {
	const n, photo = 12, "val/ladybirds/01.jpg"
	type found struct{ Problems, Changed, Missing, Different, New, Gone, Modified int }
	for _, c := range []struct {
		name  string
		plant func(t *testing.T, data, dir string)
		want  found
		table string // in the error of the table
	}{
		{name: "nothing", plant: func(*testing.T, string, string) {}},
		{name: "a changed photograph", want: found{Changed: 1}, plant: func(t *testing.T, data, _ string) { flip(t, filepath.Join(data, photo)) }},
		{name: "a damaged row", want: found{Problems: 1, Missing: 1}, plant: func(t *testing.T, _, dir string) { damageRow(t, dir, photo) }},
		{name: "missing rows", want: found{Missing: n}, plant: func(t *testing.T, _, dir string) { clearFolder(t, dir) }},
		{name: "other features", want: found{Different: 1}, plant: func(t *testing.T, _, dir string) { changeRow(t, dir, photo) }},
		{name: "a damaged table", table: "checksum", plant: func(t *testing.T, _, dir string) { flip(t, filepath.Join(dir, "samples.arrow")) }},
		{name: "a photograph more", want: found{New: 1}, plant: func(t *testing.T, data, _ string) {
			extractortest.Write(t, filepath.Join(data, "val/ladybirds/new.jpg"), fileAt(t, filepath.Join(data, photo)))
		}},
		{name: "a photograph less", want: found{Gone: 1}, plant: func(t *testing.T, data, _ string) { os.Remove(filepath.Join(data, photo)) }},
		{name: "a photograph of another size", want: found{Modified: 1}, plant: func(t *testing.T, data, _ string) {
			extractortest.Write(t, filepath.Join(data, photo), []byte("a letter"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, data := tiny(t), extractortest.Photographs(t, n)
			o.Folder, o.Views = filepath.Join(t.TempDir(), "features"), 1
			wantComputed(t, data, o, 2*n)
			c.plant(t, data, o.Folder)
			before := snapshot(t, o.Folder)
			v := verified(t, data, o, VerifySettings{Sample: 100, Seed: 3})
			got := found{len(v.Problems), len(v.Changed), len(v.Missing), len(v.Different), v.New, v.Gone, v.Modified}
			if got != c.want {
				t.Errorf("found %+v, want %+v", got, c.want)
			}
			if c.table == "" != (v.TableError == nil) || c.table != "" && !strings.Contains(v.TableError.Error(), c.table) {
				t.Errorf("table: %v", v.TableError)
			}
			wrong := got.Problems + got.Changed + got.Missing + got.Different
			var failed *VerifyError
			if err := v.Err(); (err != nil) != (wrong > 0 || c.table != "") || errors.As(err, &failed) != (wrong > 0) || v.Wrong() != wrong {
				t.Errorf("%d are wrong; error %v", v.Wrong(), err)
			}
			if after := snapshot(t, o.Folder); after != before {
				t.Errorf("the folder was changed:\n%s\n%s", before, after)
			}
		})
	}
}

// TestVerifyCountsWhatItDoes: rows, photographs and rows computed again.
func TestVerifyCountsWhatItDoes(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 12)
	wantComputed(t, data, o, 12)
	for sample, want := range map[int]int{0: 0, 5: 5, 100: 12} {
		v := verified(t, data, o, VerifySettings{Sample: sample, Seed: 7})
		if v.Rows != 12 || v.Hashed != 12 || v.Recomputed != want || v.MaxDifference != 0 || v.Seed != 7 {
			t.Errorf("sample %d: %d rows, %d photographs, %d computed again, difference %g", sample, v.Rows, v.Hashed, v.Recomputed, v.MaxDifference)
		}
	}
	if name := verified(t, data, o, VerifySettings{}).PathOf(keyOf(t, filepath.Join(data, "val/ladybirds/00.jpg"))); name != "val/ladybirds/00.jpg" {
		t.Errorf("a key is that of %q", name)
	}
}

// TestVerifyOfWhatIsNotThere says so, and goes on with the other taps.
func TestVerifyOfWhatIsNotThere(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 6)
	o.Folder = filepath.Join(t.TempDir(), "features")
	_, err := Verify(t.Context(), data, o, VerifySettings{})
	wantError(t, "no folder", err, "is no folder of features")

	o.Taps = []string{extractortest.Early, "features"}
	wantComputed(t, data, o, 6)
	if err := os.Remove(filepath.Join(TapFolder(o.Folder, extractortest.Early), "samples.arrow")); err != nil {
		t.Fatal(err)
	}
	list, err := Verify(t.Context(), data, o, VerifySettings{})
	var unknown *UnknownDataError
	if !errors.As(err, &unknown) || unknown.Data != data {
		t.Errorf("a folder without the data: error %v", err)
	}
	if len(list) != 1 || list[0].Dir != TapFolder(o.Folder, "features") || list[0].Err() != nil {
		t.Errorf("the other tap: %+v", list)
	}
}

// TestRunRepairsWhatVerifyFinds: what is damaged is named, computed again, and
// sound afterwards.
func TestRunRepairsWhatVerifyFinds(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 12)
	o.Folder = filepath.Join(t.TempDir(), "features")
	wantComputed(t, data, o, 12)
	damageRow(t, o.Folder, "val/ladybirds/01.jpg")
	r := wantComputed(t, data, o, 1)
	if len(r.Damaged) != 1 || !strings.Contains(r.Damaged[0], o.Folder) {
		t.Errorf("damaged: %q", r.Damaged)
	}
	for _, want := range []string{"damaged: " + o.Folder, "nothing damaged was used; what these images need of it was computed again"} {
		if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, want) }) {
			t.Errorf("no note %q in %q", want, r.Notes)
		}
	}
	if err := verified(t, data, o, VerifySettings{Sample: 12}).Err(); err != nil {
		t.Error(err)
	}
	flip(t, filepath.Join(o.Folder, "samples.arrow"))
	r = wantComputed(t, data, o, 0)
	if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "checksum") }) {
		t.Errorf("nothing about the table in %q", r.Notes)
	}
}

// rowOf is the key of a photograph and its row in a folder.
func rowOf(t *testing.T, dir, path string) (pixels.Key, []float32) {
	t.Helper()
	s, table := opened(t, dir)
	defer s.Close()
	i := slices.IndexFunc(table.Records, func(r features.Record) bool { return r.Path == path })
	if i < 0 {
		t.Fatalf("no %s", path)
	}
	row := make([]float32, s.Dim())
	if err := s.Row(table.Records[i].Key, 0, row); err != nil {
		t.Fatal(err)
	}
	return table.Records[i].Key, row
}

// damageRow flips a bit of a photograph's features in the one part.
func damageRow(t *testing.T, dir, path string) {
	t.Helper()
	_, row := rowOf(t, dir, path)
	b, at := fileAt(t, partIn(t, dir)), 0
	want, err := binary.Append(nil, binary.LittleEndian, row)
	if err == nil {
		at = bytes.Index(b, want)
	}
	if err != nil || at <= 0 {
		t.Fatalf("the row is not in the part as it is in memory: %v", err)
	}
	b[at+1] ^= 1
	if err := os.WriteFile(partIn(t, dir), b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// changeRow replaces a photograph's features by others with a right checksum.
func changeRow(t *testing.T, dir, path string) {
	t.Helper()
	key, row := rowOf(t, dir, path)
	existing, table := opened(t, dir)
	existing.Close()
	s, err := features.Open(dir, existing.Meta(), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[features.ID][]float32{}
	for _, r := range table.Records {
		for view := range 2 {
			id := features.ID{Key: r.Key, View: int32(view)}
			rows[id] = make([]float32, s.Dim())
			if err := s.Row(r.Key, view, rows[id]); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.Close()
	row[0]++
	rows[features.ID{Key: key}] = row
	clearFolder(t, dir)
	if s, err = features.Open(dir, existing.Meta(), features.Options{}); err != nil {
		t.Fatal(err)
	}
	for id, row := range rows {
		if err := s.Append(features.Row{ID: id, Features: row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// snapshot is the names, sizes and times of all files of a folder.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintln(e.Name(), info.Size(), info.ModTime())
	}
	return all
}
