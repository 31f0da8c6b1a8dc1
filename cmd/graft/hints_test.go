package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"graft/cmd/graft/internal/docs"
)

var (
	hintedCommand = regexp.MustCompile(`\bgraft ((?:[a-z]+ ?)+)`)
	hintedFlag    = regexp.MustCompile(`(?:^|[^\w-])--([a-z][a-z0-9-]*)`)
)

// TestHintsCanBeTyped: the commands and flags that package hints names are there,
// and a flag that is named with a command is that command's.
func TestHintsCanBeTyped(t *testing.T) {
	commands := docs.List(newApp().Commands, "")
	file, err := parser.ParseFile(token.NewFileSet(), "internal/hints/hints.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			named += wantThere(t, text, commands)
		}
		return true
	})
	if named < 10 {
		t.Errorf("only %d commands and flags were found", named)
	}
}

// wantThere checks the commands and flags of a text, and returns how many there
// are. What is quoted is a command with flags of its own.
func wantThere(t *testing.T, text string, commands []docs.Command) (named int) {
	t.Helper()
	for part := range strings.SplitSeq(text, `"`) {
		among := commands
		if m := hintedCommand.FindStringSubmatch(part); m != nil {
			if among = commandOf(commands, m[1]); among == nil {
				t.Errorf("%s: there is no such command", text)
			}
			named++
		}
		for _, m := range hintedFlag.FindAllStringSubmatch(part, -1) {
			if named++; !slices.ContainsFunc(among, func(c docs.Command) bool { return hasFlag(c, m[1]) }) {
				t.Errorf("%s: there is no flag --%s", text, m[1])
			}
		}
	}
	return named
}

// commandOf is the command that some words begin with, of several the longest.
func commandOf(commands []docs.Command, words string) (found []docs.Command) {
	for _, c := range commands {
		if words = strings.TrimSpace(words); words == c.Path || strings.HasPrefix(words, c.Path+" ") {
			found = []docs.Command{c} // groups come before their members
		}
	}
	return found
}

func hasFlag(c docs.Command, name string) bool {
	return slices.ContainsFunc(c.ListFlags(), func(f docs.Flag) bool { return slices.Contains(f.Names, name) })
}
