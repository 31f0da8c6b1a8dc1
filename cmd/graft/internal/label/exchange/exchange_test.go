package exchange

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestReadAndMatch(t *testing.T) {
	paths := []string{"a.jpg", "sub/b.jpg", "other/b.jpg", "c d.jpg", "sub/e.png"}
	for name, c := range map[string]struct {
		text    string
		want    map[string]string
		unknown int
	}{
		"json": {`[{"id":1,"data":{"image":"/data/upload/3/1a2b3c4d-a.jpg"},"annotations":[{"result":[{"type":"choices","value":{"choices":["ants"]}}]}]},
			{"id":2,"data":{"image":"/data/local-files/?d=sub/b.jpg"},"annotations":[{"was_cancelled":true,"result":[{"type":"choices","value":{"choices":["x"]}}]},{"result":[{"type":"choices","value":{"choices":["bees"]}}]}]},
			{"id":3,"data":{"image":"http://localhost/c%20d.jpg"},"annotations":[]}]`, map[string]string{"a.jpg": "ants", "sub/b.jpg": "bees"}, 0},
		"min":    {`[{"image":"a.jpg","choice":"ants"},{"image":"/data/upload/e.png","choice":{"choices":["bees"]}},{"image":"nowhere.jpg","choice":"ants"}]`, map[string]string{"a.jpg": "ants", "sub/e.png": "bees"}, 1},
		"studio": {"annotation_id,annotator,choice,id,image\n1,1,ants,1,/data/upload/1/00000000-a.jpg\n2,1,\"{\"\"choices\"\": [\"\"bees\"\"]}\",2,c d.jpg\n", map[string]string{"a.jpg": "ants", "c d.jpg": "bees"}, 0},
		"table":  {"path,label,split\na.jpg,ants,train\nb.jpg,bees,\nsub/b.jpg,,\n", map[string]string{"a.jpg": "ants"}, 1},
	} {
		file := filepath.Join(t.TempDir(), "labels")
		if err := os.WriteFile(file, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		pairs, err := Read(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		labels, unknown, err := Match(pairs, paths)
		if err != nil || !reflect.DeepEqual(labels, c.want) || len(unknown) != c.unknown {
			t.Errorf("%s: %v, unknown %v, %v; want %v", name, labels, unknown, err, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{"", "[]", "[", "a,b\n1,2\n", "path,label\n", `[{"x":1}]`, `[{"image":"a.jpg","choice":{"choices":["a","b"]}}]`, "path,label\n\"a"} {
		file := filepath.Join(t.TempDir(), "labels")
		os.WriteFile(file, []byte(text), 0o666)
		if _, err := Read(file); !errors.As(err, new(*FormatError)) {
			t.Errorf("%q: error %v", text, err)
		}
	}
	if _, _, err := Match([]Pair{{"a.jpg", "x"}, {"./a.jpg", "y"}}, []string{"a.jpg"}); err == nil {
		t.Error("two labels for one photograph are taken")
	}
}
