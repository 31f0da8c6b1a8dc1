package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"graft/cmd/graft/internal/docs"
)

// TestLibrariesReport: they print nothing and end no process, and in what they
// say they name no flag, no command and no script of graft: who calls them may
// have none. Package hints adds what a person can type.
func TestLibrariesReport(t *testing.T) {
	spoken := ofTheCommandLine()
	for _, floor := range []string{"onnx", "extractor", "head"} {
		err := filepath.WalkDir(filepath.Join("../..", floor), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || isForTests(path) {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			if file.Name.Name == "main" { // a generator, which a person runs
				return nil
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if why := spokenBy(n, spoken); why != "" {
					t.Errorf("%v: %s", set.Position(n.Pos()), why)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// ofTheCommandLine matches graft's flags, commands, variables and scripts.
func ofTheCommandLine() *regexp.Regexp {
	var commands, flags []string
	for _, c := range docs.List(newApp().Commands, "") {
		commands = append(commands, regexp.QuoteMeta(c.Path))
		for _, f := range c.ListFlags() {
			flags = append(flags, regexp.QuoteMeta(f.Names[0]))
		}
	}
	words := func(list []string) string { return "(" + strings.Join(list, "|") + `)\b` }
	return regexp.MustCompile(`(^|[^\w-])--` + words(flags) + `|\bgraft ` + words(commands) + `|\bscripts/|\$GRAFT_`)
}

// isForTests reports whether a file belongs to a package that tests alone import.
func isForTests(path string) bool {
	name := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), filepath.Join("..", "..")+string(filepath.Separator)))
	at := roomOf(name)
	return at >= 0 && house[at].kind == forTests
}

// printing are the functions and variables that reach a terminal.
var printing = map[string][]string{
	"fmt": {"Print", "Printf", "Println"},
	"os":  {"Stdin", "Stdout", "Stderr", "Exit"},
	"log": {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"},
}

// spokenBy says what is wrong with a node of a library's file.
func spokenBy(n ast.Node, spoken *regexp.Regexp) string {
	switch n := n.(type) {
	case *ast.BasicLit:
		if found := spoken.FindString(n.Value); n.Kind == token.STRING && found != "" {
			return fmt.Sprintf("a library says %q, which is of the command line: give the reason, and let package hints add what to type", strings.TrimSpace(found))
		}
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && slices.Contains(printing[x.Name], n.Sel.Name) {
			return fmt.Sprintf("a library uses %s.%s: return what is to be said", x.Name, n.Sel.Name)
		}
	}
	return ""
}
