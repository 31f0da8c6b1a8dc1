package main

// Rules of the terminal:
//
//   - Results go to stdout, so that they can be piped.
//   - Everything for people goes to stderr, a line each, beginning "graft: ";
//     what to do next follows on a line beginning "graft: hint: ".
//   - Nothing is repeated, nothing is decorated, nothing is asked.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// say prints a line for people.
func say(w io.Writer, format string, a ...any) {
	fmt.Fprintf(w, "graft: %s\n", strings.TrimSpace(fmt.Sprintf(format, a...)))
}

// hint prints what to do next.
func hint(w io.Writer, format string, a ...any) {
	say(w, "hint: "+format, a...)
}

// A lostError says that what was finished is not kept: the file at path is
// written whole or not at all.
type lostError struct {
	error
	path string
}

func (e lostError) Unwrap() error { return e.error }

// reportError prints how a command ended, if it did not end well.
func reportError(w io.Writer, err error) {
	if err == nil {
		return
	}
	if errors.Is(err, context.Canceled) {
		var lost lostError
		if errors.As(err, &lost) {
			say(w, "interrupted; %s is not written", lost.path)
		} else {
			say(w, "interrupted; what was finished is kept")
		}
		return
	}
	say(w, "%s", oneLine(err.Error()))
	if text := hintOf(err); text != "" {
		hint(w, "%s", text)
	}
}

// oneLine folds an error of several lines, as ONNX Runtime makes them.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// printJSON prints a result as one indented JSON object.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
