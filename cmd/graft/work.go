package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/hints"
	"graft/cmd/graft/internal/ui"
	"graft/extractor"
	"graft/extractor/chunks"
	"graft/extractor/features"
	"graft/extractor/plan"
	"graft/head/classify"
	"graft/head/predictions"
	"graft/onnx"
)

func workCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "features", Usage: "keep the features in `STORE`"},
		&cli.StringFlag{Name: "head", TakesFile: true, Usage: "with --predictions: label the photographs with `HEAD`"},
		&cli.StringFlag{Name: "predictions", Usage: "write a Parquet file of labels for each chunk into `DIR`, beside the features or in their place"},
		&cli.StringFlag{Name: "plan", Usage: "the chunks are those of `PLAN`, by name or number"},
		&cli.StringFlag{Name: "from", TakesFile: true, Usage: "do the chunks that `FILE` names, one a line"},
		&cli.StringFlag{Name: "data", Usage: "the photographs are below `ROOT` here (default: where the plan found them)"},
		&cli.BoolFlag{Name: "again", Usage: "also do chunks that have been done"},
		&cli.StringFlag{Name: "tap", Value: onnx.Features, Usage: "keep the trunk's output `NAME`"},
		jpegFlag(),
		dtypeFlag(),
	}
	return &cli.Command{
		Name:      "work",
		Usage:     "compute chunks of a plan",
		ArgsUsage: "[CHUNK…]",
		Description: "A chunk is a file of a plan, or with --plan its name or number. Without chunks and --from,\n" +
			"names are read from standard input, one a line, so that an engine can keep one process with its\n" +
			"trunk open. Each chunk is answered with a line of JSON when its features and its record are on\n" +
			"the disk:\n\n" +
			"   chunk, state          as it was asked for; done, already, stopped or failed\n" +
			"   images, failed, rows  in the chunk; without features; computed\n" +
			"   seconds, record       and, if it failed, error\n" +
			"   changed               images that are not those that were planned: recorded as read\n\n" +
			"A chunk may be asked for any number of times, also at once. SIGTERM and SIGINT keep what was\n" +
			"done of the chunk in hand (exit code 130); whoever does it next goes on there.\n\n" +
			"Example: graft work --plan plan 1 2 3 --features store\n" +
			"Example: graft work plan/chunk-00001.jsonl --features store",
		Flags:  append(append(append(flags, viewFlags("also compute `K` augmented views of each image")...), trunkFlags()...), transformFlags()...),
		Action: action(workOptions, runWork),
	}
}

type workOf struct {
	chunks.Options
	plan        string // folder of chunks that are named by name or number
	names       []string
	head        string // that labels them, into predictions; "": none
	predictions string
	from        string // file that names them; "" and no names: standard input
}

func workOptions(c *cli.Context) (o workOf, err error) {
	o.names, o.plan, o.from = c.Args().Slice(), c.String("plan"), c.String("from")
	o.Data, o.Again = c.String("data"), c.Bool("again")
	if len(o.names) > 0 && o.from != "" {
		return o, usagef("work takes chunks as arguments or those of --from, not both")
	}
	if o.Ingest, err = ingestOptions(c); err != nil {
		return o, err
	}
	o.Ingest.Half = c.String("store-dtype") == "fp16"
	o.head, o.predictions = c.String("head"), c.String("predictions")
	switch {
	case (o.head == "") != (o.predictions == ""):
		return o, usagef("--head and --predictions go together")
	case o.head == "":
		_, err = required(c, "features")
	case o.predictions != "":
		err = os.MkdirAll(o.predictions, 0o777)
	}
	return o, err
}

// withHead has the chunks labelled by the head, if one is named.
func (o *workOf) withHead() error {
	if o.head == "" {
		return nil
	}
	h, err := classify.ReadHead(o.head)
	if err != nil {
		return err
	}
	o.Ingest.Identity = &h.Identity
	o.Sinks = predictions.Chunks{Dir: o.predictions, Head: h}.Open
	return nil
}

func runWork(ctx context.Context, t ui.Terminal, o workOf) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	if err := o.withHead(); err != nil {
		return err
	}
	w, err := chunks.Open(o.Options)
	if err != nil {
		return err
	}
	defer w.Close()
	sum := &workSum{progress: o.Ingest.Progress}
	sum.notes(t)
	if f, ok := t.In.(*os.File); ok && ui.IsTerminal(f) && len(o.names) == 0 && o.from == "" {
		t.Say("reading the names of chunks from standard input, one a line")
	}
	answers := json.NewEncoder(t.Out)
	answers.SetEscapeHTML(false)
	for name, err := range o.chunks(ctx, t.In) {
		if err != nil {
			return stopped(ctx, err)
		}
		a, err := w.Do(ctx, plan.Resolve(o.plan, name))
		a.Chunk = name
		if err := answers.Encode(a); err != nil {
			return err
		}
		sum.add(t, a, err)
		if ctx.Err() != nil {
			return stopped(ctx, context.Cause(ctx))
		}
	}
	return sum.err()
}

// A stoppedError says that a signal ended the work; what was finished is kept.
type stoppedError struct{ error }

func (e stoppedError) Unwrap() error { return e.error }

// stopped is the error of work that was called off.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return stoppedError{errors.Join(err, context.Canceled)}
}

// A workSum is what a run of chunks came to.
type workSum struct {
	chunks, failed int
	images, lost   int

	progress *extractor.Progress
	said     int // notes of it
}

// notes shows those that are new.
func (s *workSum) notes(t ui.Terminal) {
	all := s.progress.Notes()
	t.Notes(all[s.said:])
	s.said = len(all)
}

func (s *workSum) add(t ui.Terminal, a *chunks.Answer, err error) {
	s.notes(t)
	s.chunks++
	s.images, s.lost = s.images+a.Images, s.lost+a.Failed
	if err != nil && a.State != chunks.Stopped {
		s.failed++
		t.Say("%s: %s", a.Chunk, ui.OneLine(err.Error()))
		if hint := hints.Of(err); hint != "" {
			t.Say("hint: %s", hint)
		}
	}
	const most = 20
	for _, r := range a.Problems[:min(len(a.Problems), most)] {
		t.Say("%s: %s", r.Path, r.Error)
	}
	if n := len(a.Problems) - most; n > 0 {
		t.Say("and %d more; all are in the record", n)
	}
}

func (s *workSum) err() error {
	if s.failed > 0 {
		return fmt.Errorf("%d of %d chunks failed", s.failed, s.chunks)
	}
	return partial(s.lost, s.images)
}

// chunks are the names of the chunks, as they come.
func (o workOf) chunks(ctx context.Context, in io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if len(o.names) > 0 {
			for _, name := range o.names {
				if !yield(name, nil) {
					return
				}
			}
			return
		}
		if o.from != "" {
			f, err := os.Open(o.from)
			if err != nil {
				yield("", err)
				return
			}
			defer f.Close()
			in = f
		}
		lines := linesOf(ctx, in)
		for {
			select {
			case <-ctx.Done():
				yield("", context.Cause(ctx))
				return
			case line, ok := <-lines:
				if !ok || !yield(line.text, line.err) {
					return
				}
			}
		}
	}
}

// A readLine is a line of a reader, or why there is none.
type readLine struct {
	text string
	err  error
}

// linesOf sends the lines of a reader that are not blank. The goroutine that waits for the reader
// ends with it, or with the process.
func linesOf(ctx context.Context, r io.Reader) <-chan readLine {
	lines := make(chan readLine)
	send := func(l readLine) bool {
		select {
		case lines <- l:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(r)
		for scanner.Scan() {
			if text := strings.TrimSpace(scanner.Text()); text != "" && !send(readLine{text: text}) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			send(readLine{err: fmt.Errorf("read the names of chunks: %w", err)})
		}
	}()
	return lines
}

// dtypeFlag is that of commands that fill a store.
func dtypeFlag() cli.Flag {
	types := map[string]string{"fp32": "", "fp16": features.Float16}
	return &cli.StringFlag{Name: "store-dtype", Value: "fp32", Usage: "keep features as `TYPE`: fp32, or fp16 in half of the bytes", Action: oneOf("store-dtype", types)}
}
