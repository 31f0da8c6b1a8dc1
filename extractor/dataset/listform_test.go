package dataset

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// listing scans a list of that content below root.
func listing(t *testing.T, root, content string) *Dataset {
	t.Helper()
	file := filepath.Join(root, "list")
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return mustScan(t, "", Options{List: file})
}

// TestListsAsTheyAreWritten: blanks, cases, forms and numbers of people and their programs.
func TestListsAsTheyAreWritten(t *testing.T) {
	root := plant(t, "x/1.jpg", "x/2.jpg")
	want := []string{"train:ant:x/1.jpg", "val:7:x/2.jpg"}
	for name, content := range map[string]string{
		"blanks in the head":  "path, label, split\nx/1.jpg,ant,train\nx/2.jpg,7,val\n",
		"blanks everywhere":   "path, label, split\nx/1.jpg, ant, train\nx/2.jpg, \"7\", val\n",
		"a blank before":      "path ,label ,split\nx/1.jpg ,ant ,train\nx/2.jpg ,7 ,val\n",
		"quotes behind":       "\"path\", \"label\", \"split\"\n\"x/1.jpg\", \"ant\", \"train\"\n\"x/2.jpg\", 7, val\n",
		"capitals":            "Path,LABEL,Split\nx/1.jpg,ant,Train\nx/2.jpg,7,VAL\n",
		"mark and CRLF":       "\xef\xbb\xbf path,label,split\r\nx/1.jpg,ant,train\r\nx/2.jpg,7,val\r\n",
		"splits' other names": "path,label,split\nx/1.jpg,ant,Training\nx/2.jpg,7, validation_set \n",
		"dev":                 "path,label,split\nx/1.jpg,ant,train_set\nx/2.jpg,7,dev\n",
		"an array":            `[{"path":"x/1.jpg","label":"ant","split":"train"},{"path":"x/2.jpg","label":7,"split":"eval"}]`,
		"an array, indented":  "\n [\n  {\n   \"split\": \"train\", \"label\": \"ant\", \"path\": \"x/1.jpg\", \"box\": [1, {\"a\": 2}]\n  },\n {\"path\":\"x/2.jpg\",\"label\":7,\"split\":\"valid\"}\n]\n\n",
		"lines with numbers":  "{\"path\":\"x/1.jpg\",\"label\":\"ant\",\"split\":\"train\"}\n{\"path\":\"x/2.jpg\",\"label\":7,\"split\":\"val\"}",
		"a line before":       "\n{\"path\":\"x/1.jpg\",\"label\":\"ant\",\"split\":\"train\"}\n{\"path\":\"x/2.jpg\",\"label\":7,\"split\":\"val\"}",
	} {
		d := listing(t, root, content)
		if got := listed(d); !slices.Equal(got, want) || d.Notes != nil {
			t.Errorf("%s: samples %q, notes %q", name, got, d.Notes)
		}
	}
	// Where there are no blanks in the head, they are what is meant.
	if d := listing(t, root, "path,label\nx/1.jpg, ant\nx/2.jpg,ant\n"); !slices.Equal(d.Classes, []string{" ant", "ant"}) || len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "differ in blanks only") {
		t.Errorf("classes %q, notes %q", d.Classes, d.Notes)
	}
	for content, want := range map[string]string{"null": `"label":null`, "nothing": `"more":1`} {
		if d := listing(t, root, `[{"path":"x/1.jpg",`+want+`}]`); d.Samples[0].Label != "" || d.List == "" {
			t.Errorf("%s: %+v", content, d.Samples)
		}
	}
	if d := listing(t, root, "[{\"path\":\"x/1.jpg\",\"label\":-1.50e3}]"); d.Samples[0].Label != "-1.50e3" {
		t.Errorf("a number: %+v", d.Samples)
	}
}

// TestListsOfOtherMachines: backslashes, accents and encodings.
func TestListsOfOtherMachines(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("backslashes are at home")
	}
	root := t.TempDir()
	fill(t, root, "im/1.jpg", "im/sub/2.jpg", composed+"/3.jpg", apart+"x/4.jpg", `odd\5.jpg`)
	d := listing(t, root, "path,label\nim\\1.jpg,a\n.\\im\\sub\\2.jpg,b\n"+apart+"/3.jpg,c\n"+composed+"x\\4.jpg,d\nodd\\5.jpg,e\nnowhere\\6.jpg,f\n")
	want := []string{":a:im/1.jpg", ":b:im/sub/2.jpg", ":c:" + composed + "/3.jpg", ":d:" + apart + "x/4.jpg", `:e:odd\5.jpg`, `:f:nowhere\6.jpg`}
	if got := listed(d); !slices.Equal(got, want) {
		t.Errorf("samples %+q, want %+q", got, want)
	}
	if len(d.Notes) != 2 || !strings.HasSuffix(d.Notes[0], "read with slashes: 3") || !strings.HasSuffix(d.Notes[1], "nor would they with slashes: 1") {
		t.Errorf("notes %q", d.Notes)
	}
	for _, s := range d.Samples[:5] {
		if _, err := d.Read(s, nil); err != nil || s.Bytes == 0 {
			t.Errorf("%+v: %v", s, err)
		}
	}
	// The same file under two spellings is one.
	d = listing(t, root, "path,label\nim\\1.jpg,a\nim/1.jpg,a\n"+apart+"/3.jpg,c\n"+composed+"/3.jpg,c\n")
	if len(d.Samples) != 2 {
		t.Errorf("samples %q", listed(d))
	}
	// Labels are composed, and UTF-8.
	d = listing(t, root, "path,label\nim/1.jpg,"+apart+"\nim/sub/2.jpg,"+composed+"\nodd\\5.jpg,b\xe9\n")
	if !slices.Equal(d.Classes, []string{"b\uefe9", composed}) || len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "labels that are not UTF-8") {
		t.Errorf("classes %+q, notes %q", d.Classes, d.Notes)
	}
}
