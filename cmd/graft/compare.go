package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/head"
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
	var y []int
	var predicted [2][]int
	var failed error
	for i := range predicted {
		h, err := readHead(c.Args().Get(i))
		if err != nil {
			return err
		}
		p, truth, err := predictions(c, h, c.Args().Get(2))
		if err != nil && !isPartial(err, new(partialError)) {
			return err
		}
		if i > 0 && len(truth) != len(y) {
			return fmt.Errorf("compare: the heads see %d and %d images; they must have been given the same", len(y), len(truth))
		}
		predicted[i], y, failed = p, truth, err
	}
	result := head.Compare(y, predicted[0], predicted[1])
	if c.Bool("json") {
		if err := printJSON(c.App.Writer, result); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(c.App.Writer, "A is %s, B is %s\n%s\n", c.Args().Get(0), c.Args().Get(1), result)
	}
	return failed
}

// predictions gives, for every image that is judged, the class that h predicts
// and the true one, as indices into the sorted labels of the data.
func predictions(c *cli.Context, h *headFile, path string) (predicted, truth []int, err error) {
	in, err := labelledFeatures(c, path, h)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	r, err := in.judged(c, h)
	if err != nil {
		return nil, nil, err
	}
	index, err := head.Match(h.Classes(), r.Labels)
	if err != nil {
		return nil, nil, err
	}
	p, err := head.Probabilities(c.Context, h, r)
	if err != nil {
		return nil, nil, r.named(err)
	}
	back := make(map[int]int, len(index)) // the head's class → the data's
	for i, k := range index {
		back[k] = i
	}
	predicted = head.Predictions(p, len(h.Classes()))
	for i, k := range predicted {
		if at, ok := back[k]; ok {
			predicted[i] = at
		} else {
			predicted[i] = -1 // a class that the data does not have
		}
	}
	return predicted, r.classes(), in.partial()
}
