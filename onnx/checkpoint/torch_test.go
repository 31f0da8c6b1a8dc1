package checkpoint

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pth makes the zip form around a pickle and the storages of some keys.
func pth(t testing.TB, pickle string, storages map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(name, content string) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("archive/data.pkl", pickle)
	for key, content := range storages {
		add("archive/"+key, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// text is BINUNICODE of a short string.
func text(s string) string { return "X" + string([]byte{byte(len(s)), 0, 0, 0}) + s }

// tensorOf is a pickle {"w": tensor of two float32 at offset 0 with the given
// size and stride opcodes}.
func tensorOf(class, size, stride string) string {
	return "\x80\x02}(" + text("w") + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") +
		"ctorch\n" + class + "\n" + text("0") + text("cpu") + "K\x02tQK\x00" + size + stride + "\x89}tRu."
}

func TestPickleRefused(t *testing.T) {
	two := map[string]string{"data/0": "\x00\x00\x80\x3f\x00\x00\x00\x40"}
	for _, c := range []struct {
		name, pickle string
		storages     map[string]string
		want         string
	}{
		{"a command", "\x80\x02cposix\nsystem\n" + text("true") + "\x85R.", nil, "posix.system"},
		{"a command by protocol 4", "\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.", nil, "builtins.eval"},
		{"getattr", "\x80\x02c__builtin__\ngetattr\n.", nil, "__builtin__.getattr"},
		{"another function of torch", "\x80\x02ctorch\nload\n.", nil, "torch.load"},
		{"an instance", "\x80\x02(icollections\nOrderedDict\n.", nil, "opcode 0x69"},
		{"a new object", "\x80\x02ccollections\nOrderedDict\n)\x81.", nil, "opcode 0x81"},
		{"an extension", "\x80\x02\x82\x01.", nil, "opcode 0x82"},
		{"a call of a string", "\x80\x02" + text("x") + ")R.", nil, "calls a str"},
		{"state of a tuple", "\x80\x02)}b.", nil, "state of a tuple"},
		{"nothing to stop on", "\x80\x02.", nil, "stack is empty"},
		{"two values", "\x80\x02}}.", nil, "left over"},
		{"no mark", "\x80\x02}e.", nil, "no mark"},
		{"a mark as a value", "\x80\x02(.", nil, "mark"},
		{"no memo", "\x80\x02h\x07.", nil, "memo has no entry 7"},
		{"append to a dict", "\x80\x02}Na.", nil, "appends to a dict"},
		{"odd items", "\x80\x02}(Nu.", nil, "sets 1 keys and values"},
		{"a huge string", "\x80\x02X\xff\xff\xff\x7f", nil, "string of 2147483647 bytes"},
		{"a long name", "\x80\x02c" + strings.Repeat("x", 300), nil, "over 256 bytes"},
		{"no stop", "\x80\x02}", nil, "truncated"},
		{"no tensors", "\x80\x02}" + text("lr") + "K\x01s.", nil, `no dictionary of tensors; its entries are "lr"`},
		{"a dictionary in itself", "\x80\x02}q\x00" + text("model") + "h\x00s.", nil, "no dictionary of tensors"},
		{"a number", "\x80\x02K\x01.", nil, "holds a int"},
		{"no storage", tensorOf("FloatStorage", "K\x02\x85", "K\x01\x85"), nil, `no "archive/data/0"`},
		{"a short storage", tensorOf("FloatStorage", "K\x02\x85", "K\x01\x85"), map[string]string{"data/0": "1234567"}, "has 7 bytes, but 2 × F32 take 8"},
		{"a shape past the storage", tensorOf("FloatStorage", "K\x03\x85", "K\x01\x85"), two, "needs element 2"},
		{"a stride past the storage", tensorOf("FloatStorage", "K\x02\x85", "K\x02\x85"), two, "needs element 2"},
		{"a negative stride", tensorOf("FloatStorage", "K\x02\x85", "J\xff\xff\xff\xff\x85"), two, "stride -1"},
		{"a negative dimension", tensorOf("FloatStorage", "J\xff\xff\xff\xff\x85", "K\x01\x85"), two, "negative"},
		{"endless by stride 0", tensorOf("FloatStorage", "J\xff\xff\xff\x7f\x85", "K\x00\x85"), two, "elements"},
		{"ranks that differ", tensorOf("FloatStorage", "K\x02\x85", ")"), two, "1 dimensions but 0 strides"},
		{"a size of strings", tensorOf("FloatStorage", text("x")+"\x85", "K\x01\x85"), two, "rebuilds a tensor"},
		{"an unknown storage", tensorOf("QStorage", "K\x02\x85", "K\x01\x85"), two, "torch.QStorage"},
		{"a module's source", "\x80\x02(" + text("module") + "tQ.", nil, "whole module"},
		{"big-endian", tensorOf("FloatStorage", "K\x02\x85", "K\x01\x85"), map[string]string{"byteorder": "big"}, "byte order"},
		{"TorchScript", "\x80\x02}.", map[string]string{"constants.pkl": ""}, "TorchScript"},
	} {
		b := pth(t, c.pickle, c.storages)
		_, _, err := read(bytes.NewReader(b), int64(len(b)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestPickleOperations(t *testing.T) {
	many := strings.Repeat("N0", maxOps/2) // NONE, POP
	b := pth(t, "\x80\x02"+many+"}.", nil)
	if _, _, err := read(bytes.NewReader(b), int64(len(b))); err == nil || !strings.Contains(err.Error(), "operations") {
		t.Errorf("%d opcodes: %v", len(many), err)
	}
	b = pth(t, tensorOf("FloatStorage", "K\x02\x85", "K\x01\x85"), map[string]string{"data/0": "\x00\x00\x80\x3f\x00\x00\x00\x40"})
	d, format, err := read(bytes.NewReader(b), int64(len(b)))
	if err != nil || format != formatZip {
		t.Fatalf("%s, %v", format, err)
	}
	if data, err := d.tensors["w"].floats(); err != nil || len(data) != 2 || data[0] != 1 || data[1] != 2 {
		t.Errorf("%v (%v), want 1, 2", data, err)
	}
}

func TestLegacyRefused(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(goldens, "legacy.pth"))
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, new string) []byte {
		if !bytes.Contains(whole, []byte(old)) {
			t.Fatalf("legacy.pth has no %q", old)
		}
		return bytes.Replace(whole, []byte(old), []byte(new), 1)
	}
	for _, c := range []struct {
		name, want string
		in         []byte
	}{
		{"another magic number", "magic number", swap("\x8a\x0a\x6c", "\x8a\x0a\x6d")},
		{"another version", "version 1002", swap("M\xe9\x03.", "M\xea\x03.")},
		{"any pickle", "magic number", []byte("\x80\x02}.")},
		{"a storage cut off", "truncated", whole[:len(whole)-3]},
		{"a length that differs", "elements", append(bytes.Clone(whole[:len(whole)-12]), append([]byte{9, 0, 0, 0, 0, 0, 0, 0}, whole[len(whole)-4:]...)...)},
	} {
		_, _, err := read(bytes.NewReader(c.in), int64(len(c.in)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestStrangers(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "nothing")); !os.IsNotExist(err) && (err == nil || !strings.Contains(err.Error(), "nothing")) {
		t.Errorf("no file: %v", err)
	}
	var other bytes.Buffer
	w := zip.NewWriter(&other)
	w.Create("readme.txt")
	w.Close()
	tar := make([]byte, 512)
	copy(tar[257:], "ustar")
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "empty file"},
		{"page", "\r\n<!DOCTYPE html><html><body>Log in", "web page"},
		{"lfs", "version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"},
		{"text", "hello, this is some text", "begins with 68 65 6c 6c 6f"},
		{"short", "x", "begins with 78"},
		{"other zip", other.String(), "data.pkl"},
		{"cut zip", "PK\x03\x04 and so on", "truncated or damaged"},
		{"tar", string(tar), "tar archive"},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, []byte(c.in), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

// FuzzPickle: whatever the opcodes, the machine ends, and what it builds holds
// no tensor outside its storage.
func FuzzPickle(f *testing.F) {
	f.Add([]byte(tensorOf("FloatStorage", "K\x02\x85", "K\x01\x85")))
	f.Add([]byte("\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x8a\x02\x00\x80s."))
	f.Fuzz(func(t *testing.T, pickle []byte) {
		m := newMachine(bytes.NewReader(pickle))
		m.known, m.call = knownGlobal, callGlobal
		m.lookup = func(id tuple) (any, error) {
			s, err := parseStorageID(id)
			return &storage{name: s.key, dtype: s.dtype, count: s.count, in: bytes.NewReader(make([]byte, 64))}, err
		}
		root, err := m.run()
		if err != nil {
			return
		}
		d, err := stateDict(root)
		if err != nil {
			return
		}
		for name, e := range d.tensors {
			if _, err := e.floats(); err == nil && e.count > 64 && e.contiguous() {
				t.Errorf("%q: %d values from 64 bytes", name, e.count)
			}
		}
	})
}
