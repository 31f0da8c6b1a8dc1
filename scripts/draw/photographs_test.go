package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"graft/scripts/draw/demo"
	"graft/scripts/draw/scene"
	"graft/scripts/draw/school"
)

// committed is where the demo's photographs lie, seen from this package.
const committed = "../../testdata/demo"

func TestPhotographsAreTheCommittedOnes(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the committed photographs were drawn on amd64; a processor that fuses multiply and add may round a few pixels the other way")
	}
	for _, split := range demoSplits {
		for _, c := range demo.Classes() {
			for _, i := range []int{0, demoEach - 1} {
				name := filepath.Join(committed, split.name, c.Name, fileName(i))
				want, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				got, err := photograph(c, split.first+i)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s is not what draw draws now; run go run ./scripts/draw --demo testdata/demo", name)
				}
			}
		}
	}
}

func TestDemoIsCompleteAndSmall(t *testing.T) {
	files, total := 0, int64(0)
	err := filepath.Walk(committed, func(path string, info os.FileInfo, err error) error {
		if err == nil && filepath.Ext(path) == ".jpg" {
			files++
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := len(demoSplits) * len(demo.Classes()) * demoEach; files != want {
		t.Errorf("%d photographs, want %d", files, want)
	}
	if total >= 1_000_000 {
		t.Errorf("the photographs take %d bytes, want less than 1 MB", total)
	}
}

// What the trunk learns from must not hold what the demo asks for.
func TestClassListsAreDisjoint(t *testing.T) {
	names := func(classes []scene.Class) (names []string) {
		for _, c := range classes {
			names = append(names, c.Name)
		}
		return names
	}
	training := names(school.Classes())
	if len(training) < 60 {
		t.Errorf("%d training classes, want 60 or more", len(training))
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(training))); len(sorted) != len(training) {
		t.Errorf("%d training classes have only %d names", len(training), len(sorted))
	}
	for _, name := range names(demo.Classes()) {
		if slices.Contains(training, name) {
			t.Errorf("class %q of the demo is among the training classes", name)
		}
	}
}

func TestRawIsTheSameOnAnyNumberOfCores(t *testing.T) {
	o := options{seed: 3, size: 48, first: 5, count: 2*len(school.Classes()) + 1}
	draw := func(cores, first, count int) []byte {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		o.first, o.count = first, count
		var b bytes.Buffer
		if err := writeRaw(&b, o); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	all := draw(4, 5, o.count)
	if !bytes.Equal(all, draw(1, 5, o.count)) {
		t.Error("one core draws other pictures than four")
	}
	picture := 3 * o.size * o.size
	if !bytes.Equal(all[7*picture:9*picture], draw(2, 12, 2)) {
		t.Error("a picture depends on which were drawn before it")
	}
	if bytes.Equal(all[:picture], all[len(school.Classes())*picture:][:picture]) {
		t.Error("two pictures of a class are the same")
	}
}

func TestWrongSizesAreRefused(t *testing.T) {
	for _, o := range []options{{raw: true, size: 0}, {raw: true, size: 160, count: -1}, {raw: true, size: 160, first: -1}, {size: 160}} {
		if err := run(o, new(bytes.Buffer)); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}
