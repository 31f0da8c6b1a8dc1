// Graft trains image classifiers on a frozen network: photographs become
// cached features, and a linear head is trained on the features.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it: it parses args (args[0] is the
// program's name), runs one command and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	app := newApp()
	app.Reader, app.Writer, app.ErrWriter = stdin, stdout, stderr
	err := app.RunContext(ctx, flagsFirst(app, args))
	reportError(stderr, err)
	return exitCode(ctx, err)
}

// A usageError says that the command line is wrong.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// A partialError says that the work is done except for some images, which
// have been listed already.
type partialError struct{ failed, total int }

func (e partialError) Error() string {
	return fmt.Sprintf("%d of %d images could not be read", e.failed, e.total)
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

func exitCode(ctx context.Context, err error) int {
	var usage usageError
	var partial partialError
	var bar barError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &bar):
		return exitBar
	case errors.As(err, &partial):
		return exitPartial
	}
	return exitFailure
}

// isPartial reports whether err only says that some images could not be read.
func isPartial(err error, to *partialError) bool { return errors.As(err, to) }
