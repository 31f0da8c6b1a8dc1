package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// scanList reads a csv file, whose first line names the columns path, label and split in any
// order among others, or a jsonl file with an object of such fields a line. Only path must be
// there. Everything that the list names is a sample, whatever its extension.
func scanList(ctx context.Context, root string, o Options) (*Dataset, error) {
	d := &Dataset{max: o.MaxBytes}
	var err error
	if d.Root, err = filepath.Abs(cmp.Or(root, filepath.Dir(o.List))); err != nil {
		return nil, fmt.Errorf("list %q: %w", o.List, err)
	}
	f, err := os.Open(o.List)
	if err != nil {
		return nil, fmt.Errorf("list %q: %w", o.List, cause(err))
	}
	defer f.Close()
	d.files = folder{d.Root}
	l := &list{data: d, seen: map[string]string{}, unlabeled: o.Unlabeled}
	if err := l.read(ctx, f); err != nil {
		return nil, fmt.Errorf("list %q: %w", o.List, err)
	}
	if len(d.Samples) == 0 {
		return nil, fmt.Errorf("list %q: it names no files", o.List)
	}
	// Splits in their order; inside a split the list's own order.
	slices.SortStableFunc(d.Samples, func(a, b Sample) int { return cmp.Compare(rank(a.Split), rank(b.Split)) })
	return d, nil
}

func rank(split string) int { return slices.Index([]string{"", "train", "val", "test"}, split) }

// A list is a csv or jsonl file being read.
type list struct {
	data      *Dataset
	seen      map[string]string // label of each path
	unlabeled bool
}

func (l *list) read(ctx context.Context, r io.Reader) error {
	b := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		b.Discard(3)
	}
	if first, _ := b.Peek(1); bytes.Equal(first, []byte("{")) {
		return l.jsonl(ctx, b)
	}
	return l.csv(ctx, b)
}

func (l *list) csv(ctx context.Context, r io.Reader) error {
	c := csv.NewReader(r)
	c.ReuseRecord = true
	head, err := c.Read()
	if err != nil && err != io.EOF {
		return err
	}
	path, label, split := slices.Index(head, "path"), slices.Index(head, "label"), slices.Index(head, "split")
	if path < 0 {
		return fmt.Errorf("line 1 must name the columns path, label and split (the last two may be missing), not %q", strings.Join(head, ","))
	}
	field := func(row []string, i int) string {
		if i < 0 {
			return ""
		}
		return row[i]
	}
	for {
		row, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		if err := l.add(ctx, entry{line, field(row, path), field(row, label), field(row, split)}); err != nil {
			return err
		}
	}
}

func (l *list) jsonl(ctx context.Context, r *bufio.Reader) error {
	for line := 1; ; line++ {
		text, err := r.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if len(bytes.TrimSpace(text)) > 0 {
			var row struct {
				Path, Split string
				Label       any
			}
			if err := json.Unmarshal(text, &row); err != nil {
				return fmt.Errorf("line %d: %w", line, err)
			}
			label, ok := row.Label.(string)
			if !ok && row.Label != nil {
				return fmt.Errorf("line %d: the label is %v, not a string", line, row.Label)
			}
			if err := l.add(ctx, entry{line, row.Path, label, row.Split}); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// An entry is a line of a list.
type entry struct {
	line               int // of the file, from 1
	path, label, split string
}

// add takes the next entry.
func (l *list) add(ctx context.Context, e entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := e.sample()
	if l.unlabeled {
		s.Label, s.Split = "", ""
	}
	if err == nil {
		err = l.take(s, e.line)
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", e.line, err)
	}
	return nil
}

// sample is what the entry says, if it says something possible.
func (e entry) sample() (Sample, error) {
	if e.path == "" {
		return Sample{}, errors.New("the path is empty")
	}
	split := splitNames[e.split]
	if e.split != "" && split == "" {
		return Sample{}, fmt.Errorf("the split is %q, not train, val or test", e.split)
	}
	return Sample{Path: filepath.ToSlash(filepath.Clean(e.path)), Label: e.label, Split: split}, nil
}

// take adds a sample, unless it is there already.
func (l *list) take(s Sample, line int) error {
	if before, ok := l.seen[s.Path]; ok && before == s.Label {
		l.data.Notes = append(l.data.Notes, fmt.Sprintf("line %d: %q is listed before", line, s.Path))
		return nil
	} else if ok {
		return fmt.Errorf("%q has the label %q, and %q on an earlier line", s.Path, s.Label, before)
	}
	l.seen[s.Path] = s.Label
	if err := l.stat(&s); err != nil {
		return err
	}
	if classes := l.data.Classes; s.Label != "" && (len(classes) == 0 || classes[len(classes)-1] != s.Label) {
		l.data.Classes = append(classes, s.Label)
	}
	l.data.Samples = append(l.data.Samples, s)
	return nil
}

// stat looks for the file. That it is not there is said by reading it.
func (l *list) stat(s *Sample) error {
	name := filepath.FromSlash(s.Path)
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.data.Root, name)
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrPermission):
		return err
	case err == nil && info.IsDir():
		return fmt.Errorf("%q is a folder", s.Path)
	case err == nil && info.Mode().IsRegular():
		s.Bytes, s.ModTime = info.Size(), info.ModTime()
	}
	return nil
}
