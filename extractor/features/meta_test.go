package features

import (
	"bytes"
	"graft/extractor/pixels"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMetaHash(t *testing.T) {
	hash := func(change func(*Meta)) string {
		t.Helper()
		m := testMeta()
		change(&m)
		h, err := m.Hash()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	// The first 32 digits of: sha256sum testdata/golden/features/graft.json. The cache's folders
	// have such names; they must not change.
	const want = "042c5e105866d850dee7eb2f8f57c394"
	if got := hash(func(*Meta) {}); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	if got := hash(func(m *Meta) { m.Version = Version }); got != want {
		t.Errorf("hash %s with the version set, want %s", got, want)
	}
	for name, change := range map[string]func(*Meta){
		"crop":   func(m *Meta) { m.Transform.Crop = 300 },
		"fast":   func(m *Meta) { m.Transform.Fast = true },
		"gray16": func(m *Meta) { m.Transform.Gray16 = pixels.ScaleGray16 },
		"alpha":  func(m *Meta) { m.Transform.Alpha = pixels.GroundWhite },
	} {
		if hash(change) == want {
			t.Errorf("another %s has the same hash", name)
		}
	}
	if h, err := (Meta{}).Hash(); err == nil || h != "" {
		t.Errorf("hash %q of an invalid Meta, error %v", h, err)
	}
}

// graft.json has the bytes that it had when the transform was any JSON: its fields sorted by name,
// and a field of a later version left out while it is zero.
func TestMetaBytes(t *testing.T) {
	want, err := os.ReadFile(filepath.Join(golden, metaFile))
	if err != nil {
		t.Fatal(err)
	}
	m := testMeta()
	if got, err := m.Encode(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("graft.json is %s (%v), want %s", got, err, want)
	}
	m.Transform.Fast = true
	want = bytes.Replace(want, []byte(`"exif": "apply",`), []byte("\"exif\": \"apply\",\n    \"fast\": true,"), 1)
	got, err := m.Encode()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("graft.json of a fast transform is %s (%v), want %s", got, err, want)
	}
	if back, err := decodeMeta(got); err != nil || back.Transform != m.Transform {
		t.Errorf("%+v was read, want %+v (%v)", back.Transform, m.Transform, err)
	}
	const diff = `the transform is {"crop":299,"exif":"apply","resize":342} there, {"crop":299,"exif":"apply","fast":true,"resize":342} here`
	if got := m.Difference(testMeta()); got != diff {
		t.Errorf("difference %s, want %s", got, diff)
	}
}

func TestDecodeMetaRefuses(t *testing.T) {
	m := testMeta()
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	for _, c := range []struct{ old, new, want string }{
		{`"version": 1`, `"version": 2`, "this graft reads version 1"},
		{`"version": 1`, `"version": 1, "dropout": 0.5`, "dropout"},
		{`"exif": "apply"`, `"exif": "apply", "flip": true`, "flip"},
		{`"exif": "apply"`, `"exif": "sideways"`, "exif"},
		{`"crop": 299,`, ``, "crop is 0"},
		{`"dim": 5`, `"dim": 0`, "0 features"},
		{`"dim": 5`, `"dim": 5000000`, "5000000 features"},
		{`abab"`, `ABab"`, "lower-case"},
		{`abab"`, `"`, "64 hexadecimal digits"},
		{`"tap": "features"`, `"tap": ""`, "tap"},
		{"}\n", "}\n{}", "after top-level value"},
		{good, "", "JSON"},
		{good, "null", "version 0"},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if c.old == "}\n" {
			bad = good + "{}"
		}
		if _, err := decodeMeta([]byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: error %v, want one with %q", c.new, c.old, err, c.want)
		}
	}
}

func FuzzMeta(f *testing.F) {
	b, err := testMeta().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	// What is read is written to the same meaning, and that to the same bytes.
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeMeta(b)
		if err != nil {
			return
		}
		first, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeMeta(first)
		if err != nil {
			t.Fatal(err)
		}
		if diff := m.Difference(again); diff != "" {
			t.Fatal(diff)
		}
		if second, err := again.Encode(); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%q and %q, %v", first, second, err)
		}
	})
}
