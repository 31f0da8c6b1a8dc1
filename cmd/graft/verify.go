package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync/atomic"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
)

const verifyHelp = "--verify computes nothing that is missing. It reads every photograph and every row again and\n" +
	"compares hashes and checksums, computes a random sample of rows anew, and says what it found;\n" +
	"it changes nothing. Exit code 1 if anything is wrong."

func verifyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "verify", Usage: "compare what is there with the photographs instead"},
		&cli.IntFlag{Name: "verify-sample", Value: 32, Action: atLeast("verify-sample", 0), Usage: "verify: compute `N` rows again, chosen at random"},
		&cli.Uint64Flag{Name: "verify-seed", Usage: "verify: seed `N` of that choice", DefaultText: "another one each time"},
	}
}

// verifiable says what keeps --verify, if it is there, from working.
func verifiable(c *cli.Context, taps []string) error {
	dir := c.String("features")
	switch {
	case !c.Bool("verify"):
		return nil
	case c.IsSet("shard"):
		return usagef("--verify looks at everything; it does not go with --shard")
	case dir == "":
		return nil
	}
	for _, tap := range taps {
		if at := folderOf(dir, tap, len(taps)); !features.IsDir(at) {
			return fmt.Errorf("verify: %q is no folder of features", at)
		}
	}
	return nil
}

// A verification compares a folder of features with its photographs.
type verification struct {
	*extraction
	tap   int // its number among those of the trunk
	store *features.Store
	seed  uint64
	scan  rescan
	done  atomic.Int64 // photographs read and rows computed
	features.Verification
}

// A rescan is what has become of the photographs of a table.
type rescan struct {
	table                *features.Table // the photographs whose size and time are the same
	samples              map[string]dataset.Sample
	changed, gone, fresh int
}

// verify checks the features of the data at path, and prints what it found.
func (e *extraction) verify(c *cli.Context, path string) error {
	var err error
	if e.data, err = dataset.Scan(c.Context, path, dataOptions(c)); err != nil {
		return err
	}
	defer e.data.Close()
	seed := c.Uint64("verify-seed")
	if !c.IsSet("verify-seed") {
		seed = rand.Uint64()
	}
	var wrong error
	for i, store := range e.stores {
		v := &verification{extraction: e, tap: i, store: store, seed: seed}
		if err := v.check(c, path); wrong == nil {
			wrong = err
		} else if err != nil {
			reportError(c.App.ErrWriter, err) // the first one comes last
		}
	}
	return wrong
}

// check verifies one folder.
func (v *verification) check(c *cli.Context, path string) error {
	table, err := v.store.ReadTable(tableOf(c, v.data))
	if errors.Is(err, fs.ErrNotExist) {
		return withHint(fmt.Errorf("features %q do not hold %q", v.store.Dir(), path), "extract it first, without --verify")
	}
	v.scan = stillThere(table, v.data)
	if err := v.run(c); err != nil {
		return err
	}
	if len(v.stores) > 1 {
		fmt.Fprintln(c.App.Writer, v.store.Dir())
	}
	v.print(c.App.Writer)
	return v.failure(err) // a damaged table; the rows were checked all the same
}

// stillThere looks for the photographs of a table among those that are there now.
func stillThere(t *features.Table, d *dataset.Dataset) rescan {
	s := rescan{table: &features.Table{}, samples: map[string]dataset.Sample{}}
	for _, sample := range d.Samples {
		s.samples[sample.Path] = sample
	}
	if t == nil {
		return s
	}
	s.fresh = len(d.Samples)
	for _, r := range t.Records {
		sample, ok := s.samples[r.Path]
		if !ok {
			s.gone++
			continue
		}
		s.fresh--
		if r.Same(sample.Bytes, sample.ModTime) {
			s.table.Records = append(s.table.Records, r)
		} else {
			s.changed++
		}
	}
	return s
}

func (v *verification) run(c *cli.Context) error {
	o := features.VerifyOptions{Hash: v.hash, Sample: c.Int("verify-sample"), Seed: v.seed}
	total := int64(len(v.scan.table.Records))
	if o.Sample > 0 && v.store.Len() > 0 {
		again, err := v.extractor(c, new(extractor.Progress)).Recomputer(c.Context)
		if err != nil {
			return err
		}
		defer again.Close()
		total += int64(o.Sample)
		o.Features = func(ctx context.Context, r features.Record, view int, dst []float32) error {
			return v.again(ctx, again, r, view, dst)
		}
	}
	stop := showProgress(c.App.ErrWriter, "verify", func() count { return count{done: v.done.Load(), total: total} })
	defer stop()
	var err error
	v.Verification, err = v.store.Verify(c.Context, v.scan.table, o)
	return err
}

func (v *verification) hash(_ context.Context, r features.Record) (pixels.Key, error) {
	defer v.done.Add(1)
	file, err := v.data.Read(v.scan.samples[r.Path], nil)
	return pixels.KeyOf(file), err
}

// again computes a row anew.
func (v *verification) again(ctx context.Context, a *extractor.Recomputer, r features.Record, view int, dst []float32) error {
	defer v.done.Add(1)
	file, err := v.data.Read(v.scan.samples[r.Path], nil)
	if err != nil {
		return err
	}
	rows := make([][]float32, len(v.taps))
	rows[v.tap] = dst
	return a.Row(ctx, file, r.Key, view, rows...)
}
