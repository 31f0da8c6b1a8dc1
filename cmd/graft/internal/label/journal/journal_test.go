package journal

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// golden is a journal as version 1 writes it: later versions read it.
const golden = `{"do":"begin","version":1,"root":"/photographs","seed":7,"part":0.2,"share":0.2}
{"do":"class","label":"ants","auto":true}
{"time":1767225600000,"do":"label","label":"bees","pictures":[{"key":"0102000000000000000000000000000000000000000000000000000000000000","path":"a \"b\".jpg","test":true}]}
{"time":1767225601000,"do":"merge","label":"bees","to":"ants"}
{"time":1767225602000,"do":"undo"}
{"do":"wrote","sum":"aa"}
`

func goldenActions() []Action {
	return []Action{
		{Do: Begin, Version: 1, Root: "/photographs", Seed: 7, Part: 0.2, Share: 0.2},
		{Do: Class, Label: "ants", Auto: true},
		{Time: 1767225600000, Do: Label, Label: "bees", Pictures: []Picture{{Key: Key{1, 2}, Path: `a "b".jpg`, Test: true}}},
		{Time: 1767225601000, Do: Merge, Label: "bees", To: "ants"},
		{Time: 1767225602000, Do: Undo},
		{Do: Wrote, Sum: "aa"},
	}
}

func TestGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	list := goldenActions()
	j, begun, err := Open(path, list[0])
	if err != nil || len(begun) != 1 {
		t.Fatal(begun, err)
	}
	for _, a := range list[1:] {
		if err := j.Append(a); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := Open(path, list[0]); !errors.As(err, new(*BusyError)) {
		t.Errorf("opened twice: error %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != golden {
		t.Errorf("written is\n%s\nwant\n%s", b, golden)
	}
	j, again, err := Open(path, Action{})
	if err != nil || !reflect.DeepEqual(again, list) {
		t.Errorf("read is %+v, %v", again, err)
	}
	j.Close()
}

func TestWhatIsNoJournal(t *testing.T) {
	for _, text := range []string{"hello\n", `{"do":"label"}` + "\n", `{"do":"begin","version":2}` + "\n", golden + golden, golden + "{\n" + `{"do":"undo"}` + "\n", strings.Replace(golden, "0102", "01", 1)} {
		_, _, err := Read("j", []byte(text))
		if !errors.As(err, new(*LineError)) {
			t.Errorf("%.40q: error %v", text, err)
		}
	}
	if list, whole, err := Read("j", []byte(golden+`{"do":"un`)); err != nil || len(list) != 6 || whole != len(golden) {
		t.Errorf("a torn line: %d actions, %d bytes, %v", len(list), whole, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(golden))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, whole, err := Read("j", text); err == nil && whole > len(text) {
			t.Errorf("%d of %d bytes", whole, len(text))
		}
	})
}
