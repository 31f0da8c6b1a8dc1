package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"graft/extractor/bucket"
)

// inBuckets are the commands that read and write object stores, with the flags that may name a URL of
// one; their arguments may too.
var inBuckets = map[string][]string{
	"plan":   {"out"},
	"work":   {"plan", "features", "data"},
	"finish": {"plan", "data"},
	"status": {"plan"},
	"fit":    nil,
	"eval":   nil,
}

// refuseBuckets refuses URLs of object stores where a folder or a file of the disk is meant: one would
// be looked for, or made, that is called so.
func refuseBuckets(c *cli.Context) error {
	flags, may := inBuckets[c.Command.Name]
	for _, path := range c.Args().Slice() {
		if bucket.IsURL(path) && !may {
			return withHint(usagef("%q: %s reads no object stores", path, c.Command.Name), `"graft plan" and "graft work" compute features of a bucket, "graft fit" and "graft eval" read them there`)
		}
	}
	for _, name := range c.FlagNames() {
		if path, ok := c.Value(name).(string); ok && bucket.IsURL(path) && !slices.Contains(flags, name) {
			return usagef("--%s %q: it has to be on the disk", name, path)
		}
	}
	return nil
}
