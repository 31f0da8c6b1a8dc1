package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A room is a package of graft, and what it may import.
type room struct {
	name    string
	kind    kind
	outside []string // import paths, or what they begin with, from outside of graft and Go
}

type kind string

const (
	core     kind = "core"    // knows cores of its own floor only
	joint    kind = "joint"   // may know the floors below, and the joints that are named before it
	forTests kind = "test"    // is for tests, which alone import it
	program  kind = "program" // knows what it likes but cmd; only programs below it know it
)

// floors are named from the ground up. A floor knows those before it.
var floors = []string{"onnx", "extractor", "head", "cmd", "scripts"}

// house is every package of graft, floor by floor, cores before joints and the
// joints in the order in which they stand on one another.
var house = []room{
	{"onnx", core, []string{"google.golang.org/protobuf/encoding/protowire"}},
	{"onnx/checkpoint", core, nil},
	{"onnx/checkpoint/checkpointtest", forTests, nil},
	{"onnx/crosscheck", core, []string{"github.com/owulveryck/onnx-go", "gorgonia.org/", "gonum.org/v1/gonum/graph"}},
	{"onnx/headmodel", core, nil},
	{"onnx/inception", core, nil},
	{"onnx/inception/seedling", core, nil},
	{"onnx/ort", core, []string{"github.com/yalue/onnxruntime_go", "github.com/ebitengine/purego", "golang.org/x/sys"}},
	{"onnx/ort/orttest", forTests, nil},
	{"onnx/precision", core, nil},

	{"extractor", core, []string{"golang.org/x/sync"}},
	{"extractor/dataset", core, []string{"golang.org/x/text"}},
	{"extractor/durable", core, []string{"golang.org/x/sys"}},
	{"extractor/features", core, []string{"github.com/apache/arrow-go"}},
	{"extractor/features/export", core, []string{"github.com/apache/arrow-go", "github.com/klauspost/compress"}},
	{"extractor/bucket", core, []string{"golang.org/x/sync"}},
	{"extractor/bucket/buckettest", forTests, nil},
	{"extractor/plan", core, nil},
	{"extractor/pixels", core, []string{"golang.org/x/image", "golang.org/x/sys/cpu", "github.com/klauspost/compress"}},
	{"extractor/pixels/jpeg", core, nil},
	{"extractor/pixels/stats", core, nil},
	{"extractor/pixels/turbojpeg", core, []string{"github.com/ebitengine/purego"}},
	{"extractor/trunk", joint, []string{"golang.org/x/sync"}},
	{"extractor/ingest", joint, nil},
	{"extractor/chunks", joint, []string{"golang.org/x/sync"}},
	{"extractor/extractortest", forTests, nil},

	{"head", core, []string{"gonum.org/v1/gonum"}},
	{"head/active", core, []string{"gonum.org/v1/gonum"}},
	{"head/audit", core, []string{"gonum.org/v1/gonum"}},
	{"head/metrics", core, []string{"gonum.org/v1/gonum"}},
	{"head/report", core, []string{"gonum.org/v1/gonum", "golang.org/x/image"}},
	{"head/classify", joint, nil},
	{"head/predictions", joint, []string{"github.com/apache/arrow-go"}},
	{"head/train", joint, nil},
	{"head/check", joint, nil},
	{"head/internal/kernel", core, []string{"golang.org/x/sys/cpu", "gonum.org/v1/gonum"}},
	{"head/internal/lbfgs", core, nil},
	{"head/internal/lq", core, nil},
	{"head/internal/parallel", core, nil},
	{"head/internal/browser", forTests, nil},
	{"head/internal/headtest", forTests, nil},

	{"cmd/graft/internal/docs", core, []string{"github.com/urfave/cli"}},
	{"cmd/graft/internal/ui", joint, []string{"github.com/vbauerster/", "golang.org/x/sys", "golang.org/x/term"}},
	{"cmd/graft/internal/show", joint, nil},
	{"cmd/graft/internal/web", core, nil},
	{"cmd/graft/internal/web/webtest", forTests, nil},
	{"cmd/graft/internal/serve/oip", core, nil},
	{"cmd/graft/internal/serve/flow", joint, nil},
	{"cmd/graft/internal/serve/cache", joint, nil},
	{"cmd/graft/internal/serve/intake", joint, nil},
	{"cmd/graft/internal/serve/network", joint, nil},
	{"cmd/graft/internal/serve/reply", joint, nil},
	{"cmd/graft/internal/serve/client", joint, nil},
	{"cmd/graft/internal/serve", joint, []string{"github.com/prometheus/"}},
	{"cmd/graft/internal/label/journal", joint, nil},
	{"cmd/graft/internal/label/book", joint, nil},
	{"cmd/graft/internal/label/session", joint, nil},
	{"cmd/graft/internal/label/exchange", joint, nil},
	{"cmd/graft/internal/label", joint, nil},
	{"cmd/graft/internal/hints", joint, nil},
	{"cmd/graft/internal/doctor", joint, []string{"golang.org/x/sys"}},
	{"cmd/graft", joint, []string{"github.com/urfave/cli"}},

	{"scripts/benches/ask", program, nil},
	{"scripts/benches/bare", program, []string{"golang.org/x/sync"}},
	{"scripts/benches/load", program, nil},
	{"scripts/benches/rows", program, nil},
	{"scripts/draw/paint", program, []string{"golang.org/x/image"}},
	{"scripts/draw/scene", program, nil},
	{"scripts/draw/demo", program, nil},
	{"scripts/draw/school", program, nil},
	{"scripts/draw", program, []string{"golang.org/x/image"}},
	{"scripts/releases/compare", program, nil},
	{"scripts/releases/licences", program, nil},
	{"scripts/releases/pack", program, nil},
	{"scripts/scale/madeup", program, nil},
	{"scripts/shrink", program, []string{"golang.org/x/image"}},
	{"scripts/unpack", program, nil},
}

// light is a package that other programs embed, and what must not come with it.
const light = "head/classify"

var heavy = []string{"github.com/apache/arrow-go", "github.com/urfave/cli"}

const module = "graft/"

// A listed package is what "go list" says of one.
type listed struct {
	name           string // without "graft/"
	imports, tests []string
}

// TestHouse holds the arrows between all packages of graft, and to those outside.
func TestHouse(t *testing.T) {
	const format = `{{.ImportPath}}|{{join .Imports " "}}|{{join .TestImports " "}} {{join .XTestImports " "}}`
	var packages []listed
	for _, line := range list(t, "-f", format, module+"...") {
		parts := strings.Split(line, "|")
		packages = append(packages, listed{strings.TrimPrefix(parts[0], module), strings.Fields(parts[1]), strings.Fields(parts[2])})
	}
	for _, v := range violations(packages) {
		t.Error(v)
	}
	deps := list(t, "-deps", module+light)
	for _, h := range heavy {
		if slices.ContainsFunc(deps, func(path string) bool { return strings.HasPrefix(path, h) }) {
			t.Errorf("%s is what other programs embed, and must not bring %s along: %s", light, h, strings.Join(way(packages, light, h), " → "))
		}
	}
}

// way leads from a package to one outside, import by import, as far as graft's own
// packages tell.
func way(packages []listed, from, outside string) []string {
	i := slices.IndexFunc(packages, func(p listed) bool { return p.name == from })
	if i < 0 {
		return nil
	}
	for _, path := range packages[i].imports {
		if strings.HasPrefix(path, outside) {
			return []string{from, path}
		}
	}
	for _, path := range packages[i].imports {
		if rest := way(packages, strings.TrimPrefix(path, module), outside); rest != nil {
			return append([]string{from}, rest...)
		}
	}
	return nil
}

// list runs go list and returns its lines.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// violations says in a sentence each which arrows are not as the house has them.
func violations(packages []listed) (said []string) {
	for _, p := range packages {
		at := roomOf(p.name)
		if at < 0 {
			said = append(said, fmt.Sprintf("%s is not in the table of house_test.go: name it there on its floor, as a core if it knows no other floor, else as a joint after those that it stands on", p.name))
			continue
		}
		for _, path := range p.imports {
			if why := forbidden(at, path); why != "" {
				said = append(said, why)
			}
		}
		for _, path := range p.tests {
			if why := forbiddenTest(at, path); why != "" {
				said = append(said, why)
			}
		}
	}
	for _, r := range house {
		if !slices.ContainsFunc(packages, func(p listed) bool { return p.name == r.name }) {
			said = append(said, fmt.Sprintf("%s is in the table of house_test.go, and nowhere else: remove it there", r.name))
		}
	}
	return said
}

// roomOf is where a package is in the table, −1 if it is not.
func roomOf(name string) int {
	return slices.IndexFunc(house, func(r room) bool { return r.name == name })
}

// floorOf is the number of a package's floor.
func floorOf(name string) int {
	first, _, _ := strings.Cut(name, "/")
	return slices.Index(floors, first)
}

// forbidden says why the room at a place of the table may not import a path.
func forbidden(at int, path string) string {
	from := house[at]
	name, own := strings.CutPrefix(path, module)
	if !own && path != strings.TrimSuffix(module, "/") {
		return forbiddenOutside(from, path)
	}
	to := roomOf(name)
	if to < 0 {
		return "" // said of the package itself
	}
	here, there := floorOf(from.name), floorOf(name)
	switch {
	case floors[there] == "cmd" && floors[here] != "cmd":
		return fmt.Sprintf("%s imports %s: nothing imports cmd", from.name, name)
	case there > here:
		return fmt.Sprintf("%s imports %s: the arrows go down, and %s stands on %s", from.name, name, floors[there], floors[here])
	case house[to].kind == forTests && from.kind != forTests:
		return fmt.Sprintf("%s imports %s, which is for tests only", from.name, name)
	case from.kind == core && there != here:
		return fmt.Sprintf("%s imports %s: a core knows no other floor; hand it what it needs, or make a joint of it", from.name, name)
	case from.kind == core && house[to].kind == joint:
		return fmt.Sprintf("%s imports %s: a core does not know the joints that stand on it", from.name, name)
	case from.kind == joint && house[to].kind == joint && there == here && to > at:
		return fmt.Sprintf("%s imports %s, which comes after it: a joint knows the joints before it only", from.name, name)
	}
	return ""
}

// forbiddenTest is forbidden for what tests import: they are free on their floor
// and below.
func forbiddenTest(at int, path string) string {
	from := house[at]
	name, own := strings.CutPrefix(path, module)
	if !own || roomOf(name) < 0 {
		return ""
	}
	if here, there := floorOf(from.name), floorOf(name); there > here {
		return fmt.Sprintf("a test of %s imports %s: the arrows of tests go down, too", from.name, name)
	}
	return ""
}

// forbiddenOutside says why a room may not import a path outside of graft.
func forbiddenOutside(from room, path string) string {
	first, _, _ := strings.Cut(path, "/")
	fits := func(allowed string) bool { return strings.HasPrefix(path, allowed) }
	if !strings.Contains(first, ".") || slices.ContainsFunc(from.outside, fits) {
		return "" // of Go, or allowed
	}
	var others []string
	for _, r := range house {
		if slices.ContainsFunc(r.outside, fits) {
			others = append(others, r.name)
		}
	}
	if others == nil {
		return fmt.Sprintf("%s imports %s, which no room may: a dependency is named in the table of house_test.go, beside the one room that needs it", from.name, path)
	}
	return fmt.Sprintf("%s imports %s: only %s may", from.name, path, strings.Join(others, " and "))
}

// TestHouseIsHeld tries a violation of each rule.
func TestHouseIsHeld(t *testing.T) {
	var sound []listed
	for _, r := range house {
		sound = append(sound, listed{name: r.name})
	}
	if v := violations(sound); v != nil {
		t.Fatalf("without any import: %q", v)
	}
	for _, c := range []struct{ from, path, want string }{
		{"onnx", "graft/extractor/pixels", "onnx imports extractor/pixels: the arrows go down, and extractor stands on onnx"},
		{"extractor/ingest", "graft/head/metrics", "the arrows go down, and head stands on extractor"},
		{"head/train", "graft/cmd/graft/internal/ui", "nothing imports cmd"},
		{"scripts/draw", "graft/cmd/graft/internal/ui", "nothing imports cmd"},
		{"extractor/features", "graft/onnx", "extractor/features imports onnx: a core knows no other floor"},
		{"head/audit", "graft/extractor/pixels", "a core knows no other floor"},
		{"extractor/dataset", "graft/extractor/trunk", "a core does not know the joints that stand on it"},
		{"extractor/trunk", "graft/extractor/ingest", "a joint knows the joints before it only"},
		{"head/classify", "graft/head/train", "a joint knows the joints before it only"},
		{"head/train", "graft/extractor/extractortest", "which is for tests only"},
		{"onnx/inception", "github.com/yalue/onnxruntime_go", "only onnx/ort may"},
		{"onnx", "github.com/owulveryck/onnx-go", "only onnx/crosscheck may"},
		{"head/train", "github.com/urfave/cli/v2", "only cmd/graft/internal/docs and cmd/graft may"},
		{"cmd/graft", "github.com/vbauerster/mpb/v8", "only cmd/graft/internal/ui may"},
		{"head/train", "github.com/apache/arrow-go/v18/arrow", "only extractor/features and extractor/features/export and head/predictions may"},
		{"head/metrics", "golang.org/x/image/font", "may"},
		{"head", "example.org/solver", "which no room may"},
		{"onnx/util", "", "onnx/util is not in the table of house_test.go"},

		{"head/classify", "graft/head/metrics", ""},
		{"head/train", "graft/head/classify", ""},
		{"head/audit", "graft/head", ""},
		{"head/check", "graft/onnx/ort", ""},
		{"extractor/extractortest", "graft/onnx/ort/orttest", ""},
		{"head", "math", ""},
	} {
		p := listed{name: c.from}
		if c.path != "" {
			p.imports = []string{c.path}
		}
		said := violations(append(slices.DeleteFunc(slices.Clone(sound), func(l listed) bool { return l.name == c.from }), p))
		if c.want == "" && said != nil || c.want != "" && (len(said) != 1 || !strings.Contains(said[0], c.want)) {
			t.Errorf("%s imports %s: it says %q, want %q", c.from, c.path, said, c.want)
		}
	}
	test := slices.Clone(sound)
	test[0].tests = []string{"graft/extractor/pixels"}
	if said := violations(test); len(said) != 1 || !strings.Contains(said[0], "a test of onnx imports extractor/pixels") {
		t.Errorf("a test that looks up: it says %q", said)
	}
	if said := violations(sound[1:]); len(said) != 1 || !strings.Contains(said[0], "onnx is in the table of house_test.go, and nowhere else") {
		t.Errorf("a room that is not there: it says %q", said)
	}
}
