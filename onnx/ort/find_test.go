package ort

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestFind puts a copy of this program beside libraries of several names, and a
// link to it elsewhere: what was shipped with a program comes before the cache,
// what somebody names before both.
func TestFind(t *testing.T) {
	if os.Getenv("ORT_TEST_FIND") != "" {
		path, origin, err := find("", FlavourCPU)
		t.Logf("found %s|%s|%v", path, origin, err)
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("the names and the cache's place are Linux's")
	}
	cache, named := t.TempDir(), filepath.Join(t.TempDir(), "own.so")
	cached := filepath.Join(cache, "graft", "onnxruntime", "cpu-"+Version, LibraryName())
	write(t, cached, nil)
	write(t, named, nil)
	for _, c := range []struct {
		beside string // name of the library beside the program; "" = none
		env    []string
		want   string // of what find says; DIR is the program's folder
	}{
		{"", nil, cached + "|" + string(OriginCache)},
		{LibraryName(), nil, "DIR/" + LibraryName() + "|" + string(OriginShipped)},
		{LibraryName() + "." + Version, nil, "DIR/libonnxruntime.so.1.30.0|" + string(OriginShipped)},
		{LibraryName() + ".1", nil, "DIR/libonnxruntime.so.1|" + string(OriginShipped)},
		{LibraryName(), []string{LibraryVariable + "=" + named}, named + "|" + string(OriginEnvironment)},
		{"", []string{"XDG_CACHE_HOME=" + t.TempDir()}, LibraryName() + "|" + string(OriginSystem)},
	} {
		dir := filepath.Join(t.TempDir(), "graft für alle")
		program, link := filepath.Join(dir, "graft"), filepath.Join(t.TempDir(), "graft")
		self, err := os.ReadFile(os.Args[0])
		if err != nil {
			t.Fatal(err)
		}
		write(t, program, self)
		if c.beside != "" {
			write(t, filepath.Join(dir, c.beside), nil)
		}
		if err := os.Symlink(program, link); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(link, "-test.run=^TestFind$", "-test.v")
		cmd.Env = append([]string{"ORT_TEST_FIND=1", "XDG_CACHE_HOME=" + cache}, c.env...)
		out, err := cmd.CombinedOutput()
		want := "found " + strings.ReplaceAll(c.want, "DIR", dir) + "|<nil>"
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("beside it %q, %q: %v, want %q in:\n%s", c.beside, c.env, err, want, out)
		}
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o777); err != nil {
		t.Fatal(err)
	}
}
