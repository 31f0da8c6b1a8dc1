// Licences collects the licences of all modules whose packages a program is
// linked from, and Go's own.
//
//	go run ./scripts/releases/licences PACKAGE FOLDER GOOS GOARCH
//
// FOLDER gets a folder a module with every file of it that is a licence or a
// notice, also those of the packages' own folders. Of a module without any its
// README is taken if that speaks of a licence; else it is an error.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: licences PACKAGE FOLDER GOOS GOARCH")
		os.Exit(2)
	}
	os.Setenv("GOOS", os.Args[3])
	os.Setenv("GOARCH", os.Args[4])
	if err := collect(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "licences of %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

// A listed package is what "go list" says of one.
type listed struct {
	Dir    string
	Root   string // of Go, for its own packages
	Module *struct {
		Path, Dir string
		Main      bool
	}
}

// legal is how files are called that must go along.
var legal = regexp.MustCompile(`(?i)^((un)?licen[cs]es?|copying|copyright|notices?|patents)([-.].*)?$`)

func collect(program, folder string) error {
	packages, err := dependencies(program)
	if err != nil {
		return err
	}
	found, dirs := map[string]int{}, map[string]string{} // files and folders, by module
	goRoot := ""
	for _, p := range packages {
		switch {
		case p.Module == nil:
			goRoot = p.Root
		case !p.Module.Main:
			n, err := copyLegal(p.Dir, p.Module.Dir, filepath.Join(folder, filepath.FromSlash(p.Module.Path)))
			if err != nil {
				return err
			}
			found[p.Module.Path] += n
			dirs[p.Module.Path] = p.Module.Dir
		}
	}
	for module, n := range found {
		if n == 0 && !copyReadme(dirs[module], filepath.Join(folder, filepath.FromSlash(module))) {
			return fmt.Errorf("module %s has no licence", module)
		}
	}
	if _, err := copyLegal(goRoot, goRoot, filepath.Join(folder, "go")); err != nil {
		return err
	}
	fmt.Printf("licences of %d modules and of Go\n", len(found))
	return nil
}

// dependencies are the packages that a program is linked from.
func dependencies(program string) (list []listed, err error) {
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Root,Module", program)
	cmd.Env, cmd.Stderr = append(os.Environ(), "CGO_ENABLED=1"), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, err
		}
		list = append(list, p)
	}
}

// copyLegal copies the licences of a package's folder, and of those above it up
// to its module's, and returns how many there are.
func copyLegal(dir, module, to string) (n int, err error) {
	for ; ; dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return n, err
		}
		rel, err := filepath.Rel(module, dir)
		if err != nil {
			return n, err
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !legal.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			content, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return n, err
			}
			if err := os.MkdirAll(filepath.Join(to, rel), 0o755); err != nil {
				return n, err
			}
			if err := os.WriteFile(filepath.Join(to, rel, e.Name()), content, 0o644); err != nil {
				return n, err
			}
			n++
		}
		if dir == module {
			return n, nil
		}
	}
}

// copyReadme copies a module's README if that speaks of a licence.
func copyReadme(module, to string) bool {
	content, err := os.ReadFile(filepath.Join(module, "README.md"))
	if err != nil || !regexp.MustCompile(`(?i)licen[cs]e`).Match(content) || os.MkdirAll(to, 0o755) != nil {
		return false
	}
	return os.WriteFile(filepath.Join(to, "README.md"), content, 0o644) == nil
}
