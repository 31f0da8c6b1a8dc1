package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor/dataset"
)

// A shard is the part of the data that one of several processes extracts,
// number of parts; the zero value is all of it.
type shard struct{ number, parts int }

const shardHelp = "--shard 2/3 computes the second third of the photographs, so that three processes or machines\n" +
	"fill one folder together, at once or one after another. Which part a photograph belongs to\n" +
	"depends on its path alone. When all are done, the folder holds what one run without --shard\n" +
	"gives. Until then, what others have to compute is in the samples table without a key; a run\n" +
	"without --shard computes whatever is missing."

func shardFlag() cli.Flag {
	return &cli.StringFlag{Name: "shard", Usage: "compute only part `I/N` of the photographs, I from 1 to N"}
}

// shardOf reads --shard.
func shardOf(c *cli.Context) (shard, error) {
	text := c.String("shard")
	if !c.IsSet("shard") {
		return shard{}, nil
	}
	left, right, _ := strings.Cut(text, "/")
	i, err := strconv.ParseUint(left, 10, 31)
	n, err2 := strconv.ParseUint(right, 10, 31)
	if err != nil || err2 != nil || i < 1 || i > n {
		return shard{}, usagef(`--shard is %q; it must be I/N with I from 1 to N, as in "--shard 2/3"`, text)
	}
	return shard{int(i), int(n)}, nil
}

// of returns the samples of the shard, and the number that sample i of them
// has among all.
func (s shard) of(d *dataset.Dataset) (part *dataset.Dataset, at func(i int) int) {
	if s.parts == 0 {
		return d, func(i int) int { return i }
	}
	part, index := d.Shard(s.number, s.parts)
	return part, func(i int) int { return index[i] }
}

// String is what --shard was.
func (s shard) String() string { return fmt.Sprintf("%d/%d", s.number, s.parts) }
