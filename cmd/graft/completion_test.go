package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/cmd/graft/internal/docs"
)

// script writes a script of graft into a file and returns its path.
func script(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	if code := run(t.Context(), append([]string{"graft"}, args...), nil, &out, &said); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &said)
	}
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, out.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// ask runs a program that completes a line.
func ask(t *testing.T, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("no %s on this machine: with it this test loads the script into it", program)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

func TestBashCompletes(t *testing.T) {
	path := script(t, "completion", "bash")
	if got, want := ask(t, "bash", "-c", `source "$0"; complete -p graft`, path), "complete -o bashdefault -o default -F _graft graft"; got != want {
		t.Errorf("bash holds %q, want %q", got, want)
	}
	for line, want := range map[string]string{
		"graft fi":                       "finish fit",
		"graft trunk b":                  "build",
		"graft features e":               "export",
		"graft fit photos --sol":         "--solver",
		"graft trunk build --see":        "--seed --seedling",
		"graft completion ":              "bash zsh fish",
		"graft fit --epochs ":            "",
		"graft fit --out ":               "",
		"graft extract --device cpu --f": "--fast --features",
	} {
		const complete = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _graft; printf '%s\n' "${COMPREPLY[@]}"`
		got := ask(t, "bash", append([]string{"-c", complete, path}, strings.Split(line, " ")...)...)
		if sorted(got) != sorted(want) {
			t.Errorf("%q: bash offers %q, want %q", line, got, want)
		}
	}
}

func TestZshCompletes(t *testing.T) {
	path := script(t, "completion", "zsh")
	if got := ask(t, "zsh", "-fc", `autoload -U compinit; compinit -D -u; source $0; print $_comps[graft]`, path); got != "_graft" {
		t.Errorf("zsh completes graft with %q", got)
	}
}

func TestFishCompletes(t *testing.T) {
	path := script(t, "completion", "fish")
	for line, want := range map[string]string{
		"graft fi":                "finish fit",
		"graft trunk b":           "build",
		"graft features e":        "export",
		"graft trunk build --see": "--seed --seedling",
		"graft completion ":       "bash fish zsh",
	} {
		got := ask(t, "fish", "--no-config", "-c", `source $argv[1]; complete -C $argv[2] | string split -f1 \t; true`, path, line)
		if sorted(got) != sorted(want) {
			t.Errorf("%q: fish offers %q, want %q", line, got, want)
		}
	}
}

func TestManualPage(t *testing.T) {
	path := script(t, "man")
	if said := ask(t, "groff", "-man", "-Tutf8", "-ww", "-z", "-K", "utf8", path); said != "" {
		t.Errorf("groff says: %s", said)
	}
}

// TestHelpHasExamples looks for an example, and for a sentence, in the help of
// every command.
func TestHelpHasExamples(t *testing.T) {
	for _, c := range docs.List(newApp().Commands, "") {
		if !strings.Contains(c.Description, "Example: graft "+c.Path) && !strings.Contains(c.Description, "graft "+c.Path+" ") {
			t.Errorf("graft %s --help shows no example of it", c.Path)
		}
		if c.Usage == "" || len(c.Subcommands) > 0 && c.Action == nil && c.ArgsUsage != "" {
			t.Errorf("graft %s: usage %q, arguments %q", c.Path, c.Usage, c.ArgsUsage)
		}
		for _, f := range c.ListFlags() {
			if f.Usage == "" {
				t.Errorf("graft %s --%s says nothing", c.Path, f.Names[0])
			}
		}
	}
}

func sorted(words string) string {
	list := strings.Fields(words)
	slices.Sort(list)
	return strings.Join(list, " ")
}
