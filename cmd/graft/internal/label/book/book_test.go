package book

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"graft/cmd/graft/internal/label/journal"
)

func pictures(names ...string) (list []journal.Picture) {
	for _, n := range names {
		var k journal.Key
		copy(k[:], n)
		list = append(list, journal.Picture{Key: k, Path: n})
	}
	return list
}

// state is all that can be seen of a book.
func state(b *Book) map[string]string {
	seen := map[string]string{"classes": ""}
	for _, i := range b.Current() {
		seen["classes"] += b.classes[i].Name + " "
	}
	b.Each(func(k journal.Key, m Mark) {
		text := fmt.Sprint(m.Kind)
		if m.Kind == Labelled {
			text = b.classes[m.Class].Name
		}
		seen[m.Path] = text
	})
	return seen
}

func do(t *testing.T, b *Book, a journal.Action) {
	t.Helper()
	if _, err := b.Do(a); err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
}

func TestClassesFollowRenamesAndMerges(t *testing.T) {
	b := New()
	do(t, b, journal.Action{Do: journal.Class, Label: "ants", Auto: true})
	do(t, b, journal.Action{Do: journal.Label, Label: "bees", Pictures: pictures("1", "2")})
	do(t, b, journal.Action{Do: journal.Label, Label: "wasps", Pictures: pictures("3")})
	do(t, b, journal.Action{Do: journal.Rename, Label: "ants", To: "Ameisen"})
	do(t, b, journal.Action{Do: journal.Merge, Label: "wasps", To: "bees"})
	want := map[string]string{"classes": "Ameisen bees ", "1": "bees", "2": "bees", "3": "bees"}
	if got := state(b); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if i := b.OfFolder("ants"); i != b.Find("Ameisen") {
		t.Errorf("the folder ants is class %d", i)
	}
	if i := b.OfFolder("wasps"); i != b.Find("bees") {
		t.Errorf("the folder wasps is class %d", i)
	}
	do(t, b, journal.Action{Do: journal.Undo})
	do(t, b, journal.Action{Do: journal.Undo})
	do(t, b, journal.Action{Do: journal.Undo})
	want = map[string]string{"classes": "ants bees ", "1": "bees", "2": "bees"}
	if got := state(b); !reflect.DeepEqual(got, want) {
		t.Errorf("undone: %v, want %v", got, want)
	}
}

func TestRefusals(t *testing.T) {
	b := New()
	do(t, b, journal.Action{Do: journal.Class, Label: "ants"})
	do(t, b, journal.Action{Do: journal.Class, Label: "bees"})
	before := state(b)
	for _, a := range []journal.Action{
		{Do: journal.Class, Label: "ants"}, {Do: journal.Class}, {Do: journal.Label, Label: "ants"},
		{Do: journal.Label, Pictures: pictures("1")}, {Do: journal.Rename, Label: "ants", To: "bees"},
		{Do: journal.Merge, Label: "ants", To: "wasps"}, {Do: journal.Merge, Label: "ants", To: "ants"},
		{Do: journal.Redo}, {Do: "shout"}, {Do: journal.Class, Label: "cafe\u0301"}, {Do: journal.Rename, Label: "wasps", To: "x"},
	} {
		if _, err := b.Do(a); err == nil {
			t.Errorf("%+v is taken", a)
		}
	}
	if got := state(b); !reflect.DeepEqual(got, before) {
		t.Errorf("refusals have changed %v to %v", before, got)
	}
}

// TestUndoIsTheWayBack takes random actions, and goes back and forth.
func TestUndoIsTheWayBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	names := []string{"a", "b", "c", "d"}
	any := func() string { return names[r.IntN(len(names))] }
	b := New()
	states := []map[string]string{state(b)}
	for len(states) < 400 {
		a := journal.Action{Do: []journal.Do{journal.Label, journal.Skip, journal.None, journal.Clear, journal.Class, journal.Rename, journal.Merge}[r.IntN(7)], Label: any(), To: any()}
		a.Pictures = pictures(fmt.Sprint(r.IntN(20)), fmt.Sprint(r.IntN(20)))
		if _, err := b.Do(a); err == nil {
			states = append(states, state(b))
		}
		if r.IntN(40) == 0 { // a class comes by itself
			name := fmt.Sprint("auto", len(states))
			do(t, b, journal.Action{Do: journal.Class, Label: name, Auto: true})
			break
		}
	}
	last := state(b)
	n := b.Undoable()
	for range n {
		do(t, b, journal.Action{Do: journal.Undo})
	}
	for range n {
		do(t, b, journal.Action{Do: journal.Redo})
	}
	if got := state(b); got["1"] != last["1"] || got["2"] != last["2"] || len(got) != len(last) {
		t.Errorf("there and back: %v, want %v", got, last)
	}
	for i := n - 1; i >= 0; i-- {
		do(t, b, journal.Action{Do: journal.Undo})
		got := state(b)
		delete(got, "classes")
		want := states[i]
		for path, label := range want {
			if path != "classes" && got[path] != label {
				t.Fatalf("after undoing to %d: %s is %q, want %q", i, path, got[path], label)
			}
		}
	}
}
