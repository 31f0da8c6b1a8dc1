package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/label"
	"graft/cmd/graft/internal/label/session"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/durable"
	"graft/extractor/ingest"
	"graft/head/active"
	"graft/head/classify"
	"graft/head/predictions"
)

func labelCommand() *cli.Command {
	flags := []cli.Flag{
		labelsFlag(),
		&cli.StringFlag{Name: "classes", Usage: "begin with the classes `A,B,C`"},
		&cli.BoolFlag{Name: "no-open", Usage: "print the page's address, and open no browser"},
		&cli.StringFlag{Name: "addr", Value: "127.0.0.1:0", Usage: "listen on `HOST:PORT` of this machine; port 0 is any that is free"},
		&cli.StringFlag{Name: "strategy", Value: string(active.Margin), Usage: "ask first for what is uncertain by `S`: margin, density, disagreement or random"},
		&cli.Float64Flag{Name: "test-share", Value: active.DefaultShare, Usage: "ask for a `SHARE` of random photographs, which are never trained on, as an honest test"},
		&cli.BoolFlag{Name: "ignore-folders", Usage: "folders are no classes"},
		&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of what is set aside and asked for"},
		&cli.BoolFlag{Name: "suspects", Usage: "begin with the labels that are probably wrong, and duplicates in two classes"},
		&cli.StringFlag{Name: "import", TakesFile: true, Usage: "take the labels of `FILE`, a csv or an export of Label Studio"},
		&cli.IntFlag{Name: "queue", Action: atLeast("queue", 1), Usage: "write the next `N` photographs to ask for to --out, and open no page"},
		&cli.StringFlag{Name: "out", Usage: "with --queue: write a csv `FILE` with path, suggestion, probability and whether it is for the honest test"},
	}
	flags = append(append(flags, slices.DeleteFunc(dataFlags(), func(f cli.Flag) bool { return f.Names()[0] == "list" })...), transformFlags()...)
	return &cli.Command{
		Name:      "label",
		Usage:     "label photographs on a page, with a head that learns meanwhile",
		ArgsUsage: "DATA",
		Description: "Opens a page on this machine. Every answer trains the head, every photograph has a\n" +
			"suggestion, and asked for is the one whose label helps most. What lies in a class folder\n" +
			"counts as labelled. Photographs are never moved, changed or deleted.\n\n" +
			"The labels are a list that all commands take, with a journal of every action beside it.\n\n" +
			"Example: graft label photographs --classes ants,bees\n" +
			"Example: graft fit photographs --list photographs.labels.csv --solver lbfgs --out head.onnx",
		Flags:       flags,
		Subcommands: []*cli.Command{labelApplyCommand()},
		Action:      action(labelOptions, runLabel),
	}
}

func labelsFlag() cli.Flag {
	return &cli.StringFlag{Name: "labels", TakesFile: true, Usage: "keep the labels in the csv `FILE`", DefaultText: "DATA's name and .labels.csv, in this folder"}
}

type labelOf struct {
	path, addr, imported string
	ignore, open         bool
	suspects             bool
	queue                int
	out                  string
	session              session.Options
	ingest               ingest.Options
	classify             classify.Options
}

// labelsOf is the list of some data.
func labelsOf(c *cli.Context, data string) (string, error) {
	path := c.String("labels")
	if path == "" {
		abs, err := filepath.Abs(data)
		if err != nil {
			return "", err
		}
		path = filepath.Base(abs) + ".labels.csv"
	}
	return path, nil
}

func labelOptions(c *cli.Context) (o labelOf, err error) {
	if o.path, err = one(c, "DATA"); err != nil {
		return o, err
	}
	o.addr, o.imported, o.ignore, o.open = c.String("addr"), c.String("import"), c.Bool("ignore-folders"), !c.Bool("no-open")
	o.suspects, o.queue = c.Bool("suspects"), c.Int("queue")
	s := session.Options{Seed: c.Uint64("seed"), Share: c.Float64("test-share"), Strategy: active.Strategy(c.String("strategy")), Ahead: o.queue}
	if s.List, err = labelsOf(c, o.path); err != nil {
		return o, err
	}
	if err := durable.Check(s.List); err != nil {
		return o, withHint(err, "--labels FILE keeps the labels elsewhere")
	}
	if text := c.String("classes"); text != "" {
		s.Classes = strings.Split(text, ",")
	}
	switch {
	case !slices.Contains(active.Strategies, s.Strategy):
		return o, usagef("--strategy is %q; it must be margin, density, disagreement or random", s.Strategy)
	case !(s.Share >= 0 && s.Share <= 0.5):
		return o, usagef("--test-share is %v; it must be from 0 to 0.5", s.Share)
	case (o.queue > 0) != c.IsSet("out"):
		return o, usagef("--queue and --out need each other")
	case !loopback(o.addr):
		return o, usagef("--addr is %q; the page is for this machine alone: 127.0.0.1:PORT", o.addr)
	}
	if o.queue > 0 {
		if o.out, err = outFile(c, "out"); err != nil {
			return o, err
		}
	}
	o.session = s
	if o.ingest, err = ingestOptions(c); err != nil {
		return o, err
	}
	o.ingest.GCPercent = 0 // the page is more than the extraction
	o.classify, err = classifyOptions(c)
	return o, err
}

// loopback reports whether only this machine reaches an address.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func runLabel(ctx context.Context, t ui.Terminal, o labelOf) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	p, err := label.OpenPhotographs(ctx, o.path, o.ignore, o.ingest)
	if err != nil {
		return err
	}
	defer p.Close()
	o.session.Source = p
	s, err := session.Open(ctx, o.session)
	if err != nil {
		return err
	}
	t.Notes(s.Notes())
	err = o.with(ctx, t, p, s)
	if closed := s.Close(); closed != nil {
		err = errors.Join(err, fmt.Errorf("the last labels: %w", closed))
	}
	return err
}

// with does what is to be done with a session.
func (o labelOf) with(ctx context.Context, t ui.Terminal, p *label.Photographs, s *session.Session) error {
	if o.imported != "" {
		taken, err := label.Import(s, o.imported)
		if err != nil {
			return err
		}
		t.Say("%s: %d labels are taken", o.imported, taken.Labels)
		for _, u := range taken.Unknown {
			t.Say("%s: no such photograph, or several: %s", o.imported, u)
		}
	}
	if o.queue > 0 {
		n, err := watched(t, o.ingest.Progress, func() (int, error) { return label.WriteQueue(ctx, s, o.queue, o.out) })
		if err == nil {
			t.Say("wrote %s: the next %d photographs to ask for", o.out, n)
		}
		return err
	}
	l, err := label.Listen(o.ingest.Cache, o.session.List, o.addr)
	if err != nil {
		return withHint(fmt.Errorf("label: %w", err), "--addr 127.0.0.1:PORT listens elsewhere")
	}
	defer l.Close()
	making := &label.Making{Session: s, Data: o.path, List: o.session.List, Ingest: o.ingest, Classify: o.classify, Versions: versions(), Version: version()}
	defer making.Wait()
	page, err := label.NewPage(s, label.Options{
		Data: o.path, List: o.session.List, Address: l, Transform: p.Transform(), Limits: o.ingest.Limits, Products: making.Products(), Version: version(),
	})
	if err != nil {
		return err
	}
	url := page.URL(l.Addr())
	if o.suspects {
		url += "?view=suspects"
	}
	t.Say("the labels are in %s, and every action in %s", o.session.List, session.JournalOf(o.session.List))
	t.Say("open %s", url)
	if o.open {
		if err := label.OpenBrowser(url); err != nil {
			t.Say("no browser could be opened: %v", err)
		}
	}
	shown := t.Follow(ui.Extraction{Progress: o.ingest.Progress})
	defer shown.Stop()
	if o.suspects {
		go s.Check(ctx) // it ends with ctx; what it does not find is not shown
	}
	return page.Serve(ctx, l)
}

func labelApplyCommand() *cli.Command {
	return &cli.Command{
		Name:      "apply",
		Usage:     "copy labelled photographs into one folder a class, or link to them",
		ArgsUsage: "DATA",
		Description: "The originals stay as they are, and no file is overwritten.\n\n" +
			"Example: graft label apply photographs --labels photographs.labels.csv --out sorted",
		Flags: []cli.Flag{
			labelsFlag(),
			&cli.StringFlag{Name: "out", TakesFile: true, Usage: "make the folders in `DIR`"},
			&cli.BoolFlag{Name: "link", Usage: "make symbolic links instead of copies"},
		},
		Action: action(labelApplyOptions, runLabelApply),
	}
}

type labelApplyOf struct {
	data, list string
	to         predictions.Folders
}

func labelApplyOptions(c *cli.Context) (o labelApplyOf, err error) {
	if o.data, err = one(c, "DATA"); err != nil {
		return o, err
	}
	if o.list, err = labelsOf(c, o.data); err != nil {
		return o, err
	}
	o.to.Link = c.Bool("link")
	o.to.Dir, err = required(c, "out")
	return o, err
}

func runLabelApply(ctx context.Context, t ui.Terminal, o labelApplyOf) error {
	n, failed, err := label.Apply(ctx, o.data, o.list, o.to)
	if err != nil {
		return err
	}
	for _, f := range failed {
		t.Say("%v", f)
	}
	verb := "copied"
	if o.to.Link {
		verb = "linked to"
	}
	t.Say("%s %d photographs in %s, one folder a class", verb, n, o.to.Dir)
	return partial(len(failed), n+len(failed))
}
