package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/head"
	"graft/head/metrics"
)

func compareCommand() *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "say whether one head is better than another on the same images",
		ArgsUsage: "HEAD_A HEAD_B DATA|DIR",
		Description: "Counts the images that only one of them gets right, and tests by McNemar's exact test\n" +
			"whether that can be chance. With --json one object: total, both, only_a, only_b, neither (how\n" +
			"many images each gets right) and p.\n\n" +
			"Example: graft compare a.onnx b.onnx photographs",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "split", Usage: "judge `SPLIT` (default: val where there is one, else everything)"},
			jsonFlag(),
		}, dataFlags()...),
		Action: compare,
	}
}

func compare(c *cli.Context) error {
	if c.NArg() != 3 {
		return withHint(usagef("compare takes HEAD_A, HEAD_B and DATA, got %d arguments", c.NArg()), "graft compare a.onnx b.onnx photographs")
	}
	var heads [2]map[string]judgement
	var failed error
	for i := range heads {
		h, err := readHead(c.Args().Get(i))
		if err != nil {
			return err
		}
		heads[i], err = judgements(c, h, c.Args().Get(2))
		if err != nil && !isPartial(err, new(partialError)) {
			return err
		}
		failed = err
	}
	y, a, b := common(heads[0], heads[1])
	if len(y) == 0 {
		return withHint(errors.New("compare: every image was trained on by one of the heads"), "--split judges images of a split whatever they were used for")
	}
	if left := max(len(heads[0]), len(heads[1])) - len(y); left > 0 {
		say(c.App.ErrWriter, "%d images that one of the heads was trained on are left out", left)
	}
	result := metrics.Compare(y, a, b)
	if c.Bool("json") {
		if err := printJSON(c.App.Writer, result); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(c.App.Writer, "A is %s, B is %s\n%s\n", c.Args().Get(0), c.Args().Get(1), result)
	}
	return failed
}

// A judgement is the class that a head predicts for an image, and the true one.
type judgement struct{ predicted, truth string }

// judgements are those of a head on every image that is judged, by path.
func judgements(c *cli.Context, h *headFile, path string) (map[string]judgement, error) {
	in, err := labelledFeatures(c, path, h)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r, err := in.judged(c, h)
	if err != nil {
		return nil, err
	}
	if _, err := head.Match(h.Classes(), r.Labels); err != nil {
		return nil, err
	}
	p, err := head.Probabilities(c.Context, h, r)
	if err != nil {
		return nil, r.named(err)
	}
	all := map[string]judgement{}
	for i, k := range metrics.Predictions(p, len(h.Classes())) {
		all[r.Records[i].Path] = judgement{h.Classes()[k], r.Records[i].Label}
	}
	return all, in.partial()
}

// common is the images that both heads judge: their true classes, and what each
// predicts, as numbers of names.
func common(a, b map[string]judgement) (y, ofA, ofB []int) {
	numbers := map[string]int{}
	number := func(name string) int {
		if _, ok := numbers[name]; !ok {
			numbers[name] = len(numbers)
		}
		return numbers[name]
	}
	for path, va := range a {
		if vb, ok := b[path]; ok {
			y, ofA, ofB = append(y, number(va.truth)), append(ofA, number(va.predicted)), append(ofB, number(vb.predicted))
		}
	}
	return y, ofA, ofB
}
