package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor/durable"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/head"
	"graft/head/report"
	"graft/onnx"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "show how a head does, as a page with its mistakes",
		ArgsUsage: "HEAD DATA|DIR",
		Description: "One HTML file that needs no network: accuracy with its interval, learning curves, a\n" +
			"confusion matrix that leads to its images, reliability, ROC curves, the worst mistakes,\n" +
			"a map of the features, and what to be wary of. The images judged are those of eval.\n\n" +
			"Example: graft report head.onnx photographs --out report.html",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the page to `FILE`"},
			&cli.StringFlag{Name: "title", Usage: "`TEXT` at the top of the page (default: the names of head and data)"},
			&cli.StringFlag{Name: "split", Usage: "judge `SPLIT` (default: val where there is one, else everything)"},
			&cli.IntFlag{Name: "thumbnails", Value: 1000, Usage: "show at most `N` images; 0 shows names only"},
		}, dataFlags()...),
		Action: makeReport,
	}
}

func makeReport(c *cli.Context) error {
	if c.NArg() != 2 {
		return withHint(usagef("report takes HEAD and DATA, got %d arguments", c.NArg()), "graft report head.onnx photographs --out report.html")
	}
	out, err := required(c, "out")
	if err != nil {
		return err
	}
	if n := c.Int("thumbnails"); n < 0 {
		return usagef("--thumbnails is %d; it must be 0 or more", n)
	}
	h, err := readHead(c.Args().Get(0))
	if err != nil {
		return err
	}
	path := c.Args().Get(1)
	in, err := labelledFeatures(c, path, h)
	if err != nil {
		return err
	}
	defer in.Close()
	page, err := reportPage(c, h, in)
	if err != nil {
		return err
	}
	root, err := rootOf(in)
	if err != nil {
		return err
	}
	page.Facts = reportFacts(h, in, root)
	shots, err := openCrops(c.Context, root, h.transform, limitsOf(c), page.Features.(*rows).Records)
	if err != nil {
		say(c.App.ErrWriter, "no pictures: %v", err)
	} else {
		defer shots.Close()
		page.Thumbnails = shots
	}
	if err := durable.Write(out, func(w io.Writer) error { return page.Write(c.Context, w) }); err != nil {
		return err
	}
	size := int64(0)
	if info, err := os.Stat(out); err == nil {
		size = info.Size()
	}
	say(c.App.ErrWriter, "wrote %s: %d images, %.1f MB", out, len(page.Y), float64(size)/1e6)
	return in.partial()
}

// reportPage judges the head on what eval would judge it on.
func reportPage(c *cli.Context, h *headFile, in *input) (*report.Page, error) {
	judged, err := in.judged(c, h)
	if err != nil {
		return nil, err
	}
	index, err := head.Match(h.Classes(), judged.Labels)
	if err != nil {
		return nil, err
	}
	data := head.Relabel(judged, index)
	p, err := head.Probabilities(c.Context, h, data)
	if err != nil {
		return nil, err
	}
	record := new(head.Record)
	if err := json.Unmarshal([]byte(h.model.Property(onnx.KeyTraining)), record); err != nil {
		return nil, fmt.Errorf("head %q: its training record: %w", h.path, err)
	}
	page := &report.Page{
		Title: c.String("title"), Labels: h.Classes(), P: p, Record: record, Features: judged,
		MaxThumbnails: c.Int("thumbnails"), Untrained: !in.meta.Trunk.Trained, Warnings: reportWarnings(in, judged),
	}
	if page.Title == "" {
		page.Title = fmt.Sprintf("%s on %s", filepath.Base(h.path), filepath.Base(in.name))
		if judged.split != "" {
			page.Title += ", " + judged.split
		}
	}
	if page.MaxThumbnails == 0 {
		page.MaxThumbnails = -1
	}
	for i, r := range judged.Records {
		page.Names, page.Y = append(page.Names, r.Path), append(page.Y, data.Label(i))
		if h.trainedOn.has(r.Key) {
			page.Leaked++
		}
	}
	return page, nil
}

// reportFacts says what was judged, and by what.
func reportFacts(h *headFile, in *input, root string) []report.Fact {
	trunk := in.meta.Trunk
	trained := "trained"
	if !trunk.Trained {
		trained = "untrained"
	}
	facts := []report.Fact{
		{Name: "Data", Value: root},
		{Name: "Images", Value: countSplits(in.records)},
		{Name: "Head", Value: h.path},
		{Name: "Classes", Value: fmt.Sprint(len(h.Classes()))},
		{Name: "Trunk", Value: fmt.Sprintf("%s, %s, SHA-256 %.16s…, output %s with %d features", trunk.Name, trained, trunk.SHA256, trunk.Tap, trunk.Dim)},
		{Name: "Transform", Value: h.transform.String()},
	}
	return facts
}

// countSplits is "397 (train 244, val 153)".
func countSplits(records []features.Record) string {
	counts := map[string]int{}
	for _, r := range records {
		counts[r.Split]++
	}
	var parts []string
	for _, s := range []string{"train", "val", "test"} {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", s, counts[s]))
		}
	}
	text := fmt.Sprint(len(records))
	if parts != nil {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

// reportWarnings is what only the table of samples can tell: images that were
// not judged, and those that are there more than once.
func reportWarnings(in *input, judged *rows) []string {
	var list []string
	if in.failed > 0 {
		list = append(list, fmt.Sprintf("%d of %d images could not be read and are not part of this.", in.failed, len(in.records)))
	}
	labels := map[pixels.Key]string{}
	copies, torn := 0, 0
	for _, r := range judged.Records {
		label, seen := labels[r.Key]
		if !seen {
			labels[r.Key] = r.Label
			continue
		}
		copies++
		if label != r.Label {
			torn++
		}
	}
	if copies > 0 {
		list = append(list, fmt.Sprintf("%d of these images are exact copies of others among them, and count twice.", copies))
	}
	if torn > 0 {
		list = append(list, fmt.Sprintf("%d of these copies have another label than the first: one of the two labels is wrong.", torn))
	}
	return list
}
