// Package ui is what a person sees of a command: lines, tables, progress.
//
// The rules of the terminal:
//
//   - Results go to stdout, so that they can be piped.
//   - Everything for people goes to stderr, a line each, beginning "graft: ";
//     what to do next follows on a line beginning "graft: hint: ".
//   - Nothing is repeated, nothing is decorated, nothing is asked.
//
// A command gets a [Terminal]; [Terminal.Follow] shows a library's progress and
// what it has to say meanwhile.
package ui

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"graft/extractor/dataset"
)

// A Terminal is where a command reads and writes.
type Terminal struct {
	In  io.Reader
	Out io.Writer // results
	Err io.Writer // everything for people
}

// Say prints a line for people.
func (t Terminal) Say(format string, a ...any) { Say(t.Err, format, a...) }

// Hint prints what to do next.
func (t Terminal) Hint(format string, a ...any) { Say(t.Err, "hint: "+format, a...) }

// Notes prints what a library has to say, a line each.
func (t Terminal) Notes(notes []string) {
	for _, n := range notes {
		t.Say("%s", n)
	}
}

// JSON prints a result as one indented JSON object.
func (t Terminal) JSON(v any) error {
	enc := json.NewEncoder(t.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Say prints a line for people to w. Names of files may hold anything: bytes that
// are not UTF-8 are written as in results, see dataset.Escape, and what would end
// the line or steer a terminal is written as in Go, \n or \x1b.
func Say(w io.Writer, format string, a ...any) {
	line := strings.TrimSpace(fmt.Sprintf(format, a...))
	if !utf8.ValidString(line) {
		line = dataset.Escape(line)
	}
	fmt.Fprintf(w, "graft: %s\n", harmless(line))
}

func harmless(s string) string {
	if !strings.ContainsFunc(s, steers) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if quoted := strconv.QuoteRune(r); steers(r) {
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// steers reports whether a character does something to a terminal instead of being
// shown.
func steers(r rune) bool { return unicode.IsControl(r) && r != '\t' }

// OneLine folds an error of several lines, as ONNX Runtime makes them.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// IsTerminal reports whether a person looks at what is written to w.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
