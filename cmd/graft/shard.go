package main

import (
	"github.com/urfave/cli/v2"

	"graft/extractor/dataset"
)

const shardHelp = "--shard 2/3 computes the second third of the photographs, so that three processes or machines\n" +
	"fill one folder together, at once or one after another. Which part a photograph belongs to\n" +
	"depends on its path alone. When all are done, the folder holds what one run without --shard\n" +
	"gives. Until then, what others have to compute is in the samples table without a key; a run\n" +
	"without --shard computes whatever is missing."

func shardFlag() cli.Flag {
	return &cli.StringFlag{Name: "shard", Usage: "compute only part `I/N` of the photographs, I from 1 to N"}
}

// shardOf reads --shard.
func shardOf(c *cli.Context) (dataset.Shard, error) {
	if !c.IsSet("shard") {
		return dataset.Shard{}, nil
	}
	s, err := dataset.ParseShard(c.String("shard"))
	if err != nil {
		return s, usagef(`--shard is %q; it must be I/N with I from 1 to N, as in "--shard 2/3"`, c.String("shard"))
	}
	return s, nil
}
