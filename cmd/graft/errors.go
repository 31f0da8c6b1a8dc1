package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"graft/cmd/graft/internal/hints"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/head/check"
	"graft/head/train"
)

// Exit codes; README.md has the same table.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2   // wrong flags or arguments
	exitPartial     = 3   // done, but some images could not be read
	exitBar         = 4   // a bar set by the user was not reached
	exitInterrupted = 130 // as a shell reports SIGINT
)

// A usageError says that the command line is wrong.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// A partialError says that the work is done except for some images, which
// have been listed already.
type partialError struct{ reasons []string }

func (e partialError) Error() string { return strings.Join(e.reasons, "; ") }

// partial is the error that says that some images could not be read; nil if all could.
func partial(failed, total int) error { return leftOut(train.Images{Failed: failed, Total: total}) }

// leftOut is the error that says which images took no part; nil if all did.
func leftOut(i train.Images) error {
	var e partialError
	for _, c := range []struct {
		n    int
		what string
	}{
		{i.Failed, "%d of %d images could not be read"},
		{i.Lost, "the features of %d of %d images are lost"},
		{i.NotFinite, "the features of %d of %d images are not finite"},
		{i.Waiting, "no features yet of %d of %d images"},
		{i.Short, "not all augmented views of %d of %d images"},
	} {
		if c.n > 0 {
			e.reasons = append(e.reasons, fmt.Sprintf(c.what, c.n, i.Total))
		}
	}
	if text := i.Unknown(); text != "" {
		e.reasons = append(e.reasons, "left out: "+text)
	}
	switch {
	case e.reasons == nil:
		return nil
	case i.Lost > 0:
		return withHint(e, `"graft extract" on the photographs computes again what is lost`)
	case i.NotFinite > 0:
		return withHint(e, "the trunk overflows on them; extract with one in fp32 or bf16")
	case i.Waiting > 0:
		return withHint(e, `"graft extract" on the photographs, without --shard, computes the rest`)
	case i.Short > 0:
		return withHint(e, `"graft extract --views" on the photographs computes the views that are missing`)
	}
	return e
}

// A barError says that a result is below the bar that the user set.
type barError struct{ error }

// A hintedError carries what to do next, printed on a line of its own.
type hintedError struct {
	error
	hint string
}

func (e hintedError) Unwrap() error { return e.error }
func (e hintedError) Hint() string  { return e.hint }

// withHint adds what to do next to an error.
func withHint(err error, format string, a ...any) error {
	return hintedError{err, fmt.Sprintf(format, a...)}
}

// A lostError says that what was finished is not kept: the file at path is
// written whole or not at all.
type lostError struct {
	error
	path string
}

func (e lostError) Unwrap() error { return e.error }

// isUsage reports whether an error, also one of a library, says that the command
// line is wrong.
func isUsage(err error) bool {
	var usage usageError
	var tap *trunk.TapError
	var transform *trunk.TransformError
	return errors.As(err, &usage) || errors.As(err, &tap) || errors.As(err, &transform) || errors.Is(err, check.ErrFeatures)
}

func exitCode(ctx context.Context, err error) int {
	var partial partialError
	var bar barError
	var stopped stoppedError
	switch {
	case err == nil:
		return exitOK
	case isUsage(err):
		return exitUsage
	case ctx.Err() != nil && errors.Is(err, context.Canceled), errors.As(err, &stopped):
		return exitInterrupted
	case errors.As(err, &bar):
		return exitBar
	case errors.As(err, &partial):
		return exitPartial
	}
	return exitFailure
}

// reportError prints how a command ended, if it did not end well.
func reportError(t ui.Terminal, err error) {
	if err == nil {
		return
	}
	if errors.Is(err, context.Canceled) {
		var lost lostError
		if errors.As(err, &lost) {
			t.Say("interrupted; %s is not written", lost.path)
		} else {
			t.Say("interrupted; what was finished is kept")
		}
		return
	}
	t.Say("%s", ui.OneLine(err.Error()))
	if text := hints.Of(err); text != "" {
		t.Hint("%s", text)
	}
}
