package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestLayers holds the arrows between packages: the three libraries do not
// know one another, and outside libraries are known to one package each.
func TestLayers(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "graft/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		for _, imported := range words[1:] {
			if why := forbidden(words[0], imported); why != "" {
				t.Errorf("%s imports %s: %s", words[0], imported, why)
			}
		}
	}
}

var libraries = []string{"graft/extractor", "graft/head", "graft/onnx"}

// onlyIn names the packages that may import an outside module.
var onlyIn = map[string][]string{
	"github.com/yalue/onnxruntime_go": {"graft/onnx/ort"},
	"github.com/owulveryck/onnx-go":   {"graft/onnx"},
	"github.com/vbauerster/mpb":       {"graft/cmd/graft"},
	"github.com/urfave/cli":           {"graft/cmd/graft"},
	"github.com/apache/arrow-go":      {"graft/extractor/features", "graft/head/predictions"},
}

func forbidden(pkg, imported string) string {
	if strings.HasPrefix(imported, "graft/cmd/") {
		return "nothing imports a command"
	}
	if from, to := libraryOf(pkg), libraryOf(imported); from != "" && to != "" && from != to {
		return "extractor, head and onnx do not import one another"
	}
	for module, packages := range onlyIn {
		if strings.HasPrefix(imported, module) && !slices.Contains(packages, pkg) {
			return "only " + strings.Join(packages, " and ") + " may"
		}
	}
	return ""
}

// joints know several libraries.
var joints = []string{"graft/head/predictions"}

func libraryOf(pkg string) string {
	if slices.Contains(joints, pkg) {
		return ""
	}
	for _, l := range libraries {
		if pkg == l || strings.HasPrefix(pkg, l+"/") {
			return l
		}
	}
	return ""
}
