package features

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"graft/extractor/durable"
	"graft/extractor/pixels"
)

// ErrNoTable is the error of GC where no samples table names any row.
var ErrNoTable = errors.New("there is no samples table, so every row would be removed")

// Collected says what GC removed.
type Collected struct {
	Rows    int      // that no table names
	Kept    int      // rows that are left
	Bytes   int64    // that the parts have become smaller by
	Tables  []string // roots of the tables that were removed because their data is gone
	Merging Merged
}

// GCOptions tune GC.
type GCOptions struct {
	DropTables bool // also remove tables whose data's root does not exist any more
}

// GC removes the rows that no samples table of the folder names, and merges what is left. It
// needs the folder for itself: if another process has it open for appending, GC fails and changes
// nothing, since that process may count on a row that no table names yet. It also fails if a
// table is damaged, or if there is none, when every row would go. Readers are not disturbed.
func (s *Store) GC(ctx context.Context, o GCOptions) (c Collected, err error) {
	if err := s.Seal(); err != nil {
		return c, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return c, fmt.Errorf("features %q: opened for reading", s.dir)
	}
	switch held, err := durable.TryLock(s.lock, durable.Exclusive); {
	case err != nil:
		return c, fmt.Errorf("features %q: cannot make sure that no other process uses them: %w", s.dir, err)
	case !held:
		// Trying may have given up the shared lock.
		durable.Lock(s.lock, durable.Shared)
		return c, fmt.Errorf("features %q: another process has them open; try again when it is done", s.dir)
	}
	defer durable.Lock(s.lock, durable.Shared)
	named, err := s.named(&c, o)
	if err != nil {
		return c, err
	}
	if err := s.load(); err != nil {
		return c, err
	}
	before := s.bytes()
	if err := s.sweep(ctx, named, &c); err != nil {
		return c, err
	}
	c.Merging, err = s.merge(ctx)
	c.Kept, c.Bytes = len(s.index), before-s.bytes()
	return c, err
}

// sweep rewrites or removes the parts that have rows without a name, and reads what is there then.
func (s *Store) sweep(ctx context.Context, named map[pixels.Key]bool, c *Collected) error {
	for _, p := range s.parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		unnamed := 0
		for _, id := range p.ids {
			if !named[id.Key] {
				unnamed++
			}
		}
		if unnamed == 0 {
			continue
		}
		if _, err := s.rewrite([]*part{p}, func(id ID) bool { return named[id.Key] }); err != nil {
			return err
		}
		c.Rows += unnamed
	}
	return s.load()
}

// named returns the keys that the tables name.
func (s *Store) named(c *Collected, o GCOptions) (map[pixels.Key]bool, error) {
	names, err := s.Tables()
	if err != nil {
		return nil, fmt.Errorf("features %q: %w", s.dir, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("features %q: %w", s.dir, ErrNoTable)
	}
	keys := map[pixels.Key]bool{}
	for _, name := range names {
		t, err := s.ReadTable(name)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(t.Root); o.DropTables && errors.Is(err, fs.ErrNotExist) {
			if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
				return nil, err
			}
			c.Tables = append(c.Tables, t.Root)
			continue
		}
		for _, r := range t.Records {
			keys[r.Key] = true
		}
	}
	return keys, nil
}

// bytes is the size of all parts.
func (s *Store) bytes() (n int64) {
	for _, p := range s.parts {
		n += p.size
	}
	return n
}
