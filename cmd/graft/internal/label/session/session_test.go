package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/cmd/graft/internal/label/journal"
	"graft/extractor/dataset"
)

func settled(t testing.TB, s *Session) State {
	t.Helper()
	if err := s.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s.State()
}

func act(t testing.TB, s *Session, a Act) *Done {
	t.Helper()
	d, err := s.Act(a)
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return d
}

// labelled answers n questions rightly.
func labelled(t testing.TB, s *Session, m *made, n int) {
	t.Helper()
	for range n {
		q := settled(t, s).Questions
		if len(q) == 0 {
			t.Fatal("there is nothing to ask for")
		}
		act(t, s, Act{Do: journal.Label, IDs: q[:1], Label: m.label(q[0])})
	}
}

func listOf(t testing.TB, s *Session) string {
	t.Helper()
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.options.List)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestQuestionsAndSuggestions: answers lead to suggestions that are right, some are for the honest test and
// never trained on, and all is there after a restart.
func TestQuestionsAndSuggestions(t *testing.T) {
	m := &made{n: 300, d: 64, of: 3, spread: 2}
	list := filepath.Join(t.TempDir(), "l.csv")
	s := opened(t, m, Options{Share: 0.25, Seed: 3, List: list})
	labelled(t, s, m, 40)
	st := settled(t, s)
	if st.Labelled != 40 || st.Tests < 6 || st.Tests > 10 || st.Live.Honest.Total != st.Tests || len(st.Classes) != 3 {
		t.Errorf("%+v", st)
	}
	right, of := 0, 0
	_, sections := s.Order(Look{View: Groups, Class: -1})
	for _, sec := range sections {
		for _, i := range sec.IDs {
			if sec.Class >= 0 {
				of++
				if s.book.Classes()[sec.Class].Name == m.label(i) {
					right++
				}
			} else if !s.pictures[i].aside {
				t.Errorf("photograph %d has no suggestion", i)
			}
		}
	}
	if right < of*9/10 || of < 150 {
		t.Errorf("%d of %d suggestions are right", right, of)
	}
	text := listOf(t, s)
	if n := strings.Count(text, ",val\n"); n != st.Tests {
		t.Errorf("%d photographs of the list are val, want %d", n, st.Tests)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, m, Options{Share: 0.25, Seed: 99, List: list}) // the journal's seed counts
	defer s.Close()
	if again := settled(t, s); again.Labelled != 40 || again.Tests != st.Tests || again.Undo != 40 {
		t.Errorf("after a restart %+v", again)
	}
	if again := listOf(t, s); again != text {
		t.Errorf("after a restart the list is\n%s\nwant\n%s", again, text)
	}
	for range 40 {
		act(t, s, Act{Do: journal.Undo})
	}
	if st := settled(t, s); st.Labelled != 0 || listOf(t, s) != "path,label,split\n" {
		t.Errorf("after undoing everything %+v", st)
	}
}

// TestTwoPages: what one undoes the other sees, whoever did it.
func TestTwoPages(t *testing.T) {
	m := &made{n: 20, d: 8, of: 2, spread: 2}
	s := opened(t, m, Options{})
	defer s.Close()
	settled(t, s)
	version, changed := s.Changed()
	act(t, s, Act{Do: journal.Label, IDs: []int{1}, Label: "a"}) // by the first
	<-changed
	if now, _ := s.Changed(); now == version {
		t.Error("the second page is told nothing")
	}
	act(t, s, Act{Do: journal.Label, IDs: []int{1}, Label: "b"})                 // by the second
	if d := act(t, s, Act{Do: journal.Undo}); len(d.IDs) != 1 || d.IDs[0] != 1 { // by the first
		t.Errorf("%+v", d)
	}
	if _, items := s.Items([]int{1}); s.book.Classes()[items[0].Class].Name != "a" {
		t.Errorf("%+v", items)
	}
	act(t, s, Act{Do: journal.Redo})
	if _, items := s.Items([]int{1}); s.book.Classes()[items[0].Class].Name != "b" {
		t.Errorf("%+v", items)
	}
	if _, err := s.Act(Act{Do: journal.Redo}); err == nil {
		t.Error("there was something left to redo")
	}
	if _, err := s.Act(Act{Do: journal.Label, IDs: []int{20}, Label: "a"}); err == nil {
		t.Error("photograph 20 of 20 got a label")
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	m := &made{n: 5, d: 8, of: 2}
	list := filepath.Join(t.TempDir(), "l.csv")
	s := opened(t, m, Options{List: list})
	defer s.Close()
	_, err := Open(context.Background(), Options{Source: m, List: list})
	var busy *journal.BusyError
	if !errors.As(err, &busy) {
		t.Errorf("error %v", err)
	}
}

// TestRenamedFilesKeepTheirLabels: labels are of contents.
func TestRenamedFilesKeepTheirLabels(t *testing.T) {
	dir := t.TempDir()
	m := &made{root: dir, n: 4, d: 8, of: 2}
	list := filepath.Join(t.TempDir(), "l.csv")
	s := opened(t, m, Options{List: list})
	settled(t, s)
	act(t, s, Act{Do: journal.Label, IDs: []int{2}, Label: "a"})
	if text := listOf(t, s); text != "path,label,split\n000002.jpg,a,train\n" {
		t.Errorf("the list is %q", text)
	}
	s.Close()
	m.dataset = func() (*dataset.Dataset, error) {
		d := dataset.Files([]string{"x.jpg", "y.jpg", "new/z.jpg", "w.jpg"}, dataset.Options{})
		d.Root = dir
		return d, nil
	}
	s = opened(t, m, Options{List: list})
	defer s.Close()
	settled(t, s)
	if text := listOf(t, s); text != "path,label,split\nnew/z.jpg,a,train\n" {
		t.Errorf("after renaming the list is %q", text)
	}
}

// TestForeignLists: one that somebody has changed is taken, one that is none is left alone.
func TestForeignLists(t *testing.T) {
	m := &made{n: 6, d: 8, of: 2}
	list := filepath.Join(t.TempDir(), "l.csv")
	if err := os.WriteFile(list, []byte("dear diary\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Options{Source: m, List: list})
	var foreign *ForeignListError
	if !errors.As(err, &foreign) {
		t.Errorf("error %v", err)
	}
	if b, _ := os.ReadFile(list); string(b) != "dear diary\n" {
		t.Errorf("it is now %q", b)
	}
}

// TestJournalSurvives cuts a journal anywhere: what is whole is there.
func TestJournalSurvives(t *testing.T) {
	m := &made{n: 30, d: 8, of: 2, spread: 1}
	list := filepath.Join(t.TempDir(), "l.csv")
	s := opened(t, m, Options{List: list})
	for i := range 10 {
		settled(t, s)
		act(t, s, Act{Do: journal.Label, IDs: []int{i}, Label: fmt.Sprint("c", i%2)})
	}
	s.Close()
	whole, err := os.ReadFile(JournalOf(list))
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(whole); cut > len(whole)/3; cut -= 97 {
		name := filepath.Join(t.TempDir(), "l.csv")
		if err := os.WriteFile(JournalOf(name), whole[:cut], 0o666); err != nil {
			t.Fatal(err)
		}
		want := strings.Count(string(whole[:cut][:strings.LastIndexByte(string(whole[:cut]), '\n')+1]), `"do":"label"`)
		s := opened(t, m, Options{List: name})
		if n := settled(t, s).Labelled; n != want {
			t.Errorf("cut to %d bytes: %d labels, want %d", cut, n, want)
		}
		act(t, s, Act{Do: journal.Label, IDs: []int{20}, Label: "c0"})
		s.Close()
		s = opened(t, m, Options{List: name})
		if n := settled(t, s).Labelled; n != want+1 {
			t.Errorf("cut to %d bytes, and on: %d labels, want %d", cut, n, want+1)
		}
		s.Close()
	}
	damaged := strings.Replace(string(whole), `"do":"label"`, `"do":"lab`, 1)
	name := filepath.Join(t.TempDir(), "l.csv")
	os.WriteFile(JournalOf(name), []byte(damaged), 0o666)
	_, err = Open(context.Background(), Options{Source: m, List: name})
	var line *journal.LineError
	if !errors.As(err, &line) {
		t.Errorf("a damaged line: error %v", err)
	}
}

// TestFullDisk: answers stay in memory, the page says so, and they are written when there is room. GRAFT_FULL
// names a folder on a disk of a few hundred kB that may be filled.
func TestFullDisk(t *testing.T) {
	dir := os.Getenv("GRAFT_FULL")
	if dir == "" {
		t.Skip("GRAFT_FULL names a folder on a small disk that may be filled")
	}
	m := &made{n: 50, d: 8, of: 2, spread: 1}
	list := filepath.Join(dir, "l.csv")
	s := opened(t, m, Options{List: list})
	settled(t, s)
	act(t, s, Act{Do: journal.Label, IDs: []int{0}, Label: "a"})
	before := listOf(t, s)
	filler := filepath.Join(dir, "filler")
	f, _ := os.Create(filler)
	for n := 1 << 16; n > 0; {
		if _, err := f.Write(make([]byte, n)); err != nil {
			n /= 2
		}
	}
	f.Close()
	for i := range 30 {
		var ids []int
		for range 40 {
			ids = append(ids, i)
		}
		act(t, s, Act{Do: journal.Label, IDs: ids, Label: "b"})
	}
	s.Save()
	st := settled(t, s)
	if st.Labelled != 30 || len(st.Trouble) == 0 {
		t.Errorf("%d labels, trouble %q", st.Labelled, st.Trouble)
	}
	t.Log(st.Trouble)
	if b, err := os.ReadFile(list); err != nil || string(b) != before {
		t.Errorf("the list is %q, %v", b, err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(); err != nil {
		t.Error(err)
	}
	if st := settled(t, s); len(st.Trouble) != 0 {
		t.Errorf("with room again: %q", st.Trouble)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = opened(t, m, Options{List: list})
	defer s.Close()
	if st := settled(t, s); st.Labelled != 30 {
		t.Errorf("after a restart %d labels", st.Labelled)
	}
}
