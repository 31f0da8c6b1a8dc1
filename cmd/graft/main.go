// Graft trains image classifiers on a frozen network: photographs become
// cached features, and a linear head is trained on the features.
//
// A command is a file: its flags become one struct of options, in a function
// that is called xOptions and is the last one to know the command line; one call
// of a library does the work; what comes back is printed.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/dataset"
)

func main() {
	restore := ui.UnicodeConsole()
	// On Windows, a console that is closed is a SIGTERM, too.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, commandLine(os.Args), os.Stdin, os.Stdout, os.Stderr)
	stop()
	restore()
	os.Exit(code)
}

// run is main without the process around it: it parses args (args[0] is the
// program's name), runs one command and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	app := newApp()
	app.Reader, app.Writer, app.ErrWriter = stdin, stdout, stderr
	err := app.RunContext(ctx, flagsFirst(app, resolved(args)))
	reportError(ui.Terminal{In: stdin, Out: stdout, Err: stderr}, err)
	return exitCode(ctx, err)
}

// resolved are the words of a command line, those with the path of a file on the
// disk, escaped since it is not UTF-8, as the file is called.
func resolved(args []string) []string {
	words := make([]string, len(args))
	for i, word := range args {
		words[i] = dataset.Resolve(word)
		if flag, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(flag, "-") {
			words[i] = flag + "=" + dataset.Resolve(value)
		}
	}
	return words
}
