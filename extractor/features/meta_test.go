package features

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestMetaHash(t *testing.T) {
	m := testMeta()
	same := m
	same.Version = Version
	same.Transform = json.RawMessage(`{ "exif": "apply", "crop": 299, "resize": 342 }`)
	if m.Hash() != same.Hash() || len(m.Hash()) != 32 {
		t.Errorf("hashes %s and %s of the same", m.Hash(), same.Hash())
	}
	other := m
	other.Transform = json.RawMessage(`{"exif":"apply","crop":300,"resize":342}`)
	if m.Hash() == other.Hash() {
		t.Error("another transform has the same hash")
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
		if _, err := DecodeMeta([]byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
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
		m, err := DecodeMeta(b)
		if err != nil {
			return
		}
		first, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeMeta(first)
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
