package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// scanList reads a csv file, whose first line names the columns path, label and split in any
// order among others, a jsonl file with an object of such fields a line, or a json file with an
// array of these. Only path must be there. Everything that the list names is a sample, whatever
// its extension.
func scanList(ctx context.Context, root string, o Options) (*Dataset, error) {
	o.List = Resolve(o.List)
	d := &Dataset{List: o.List, max: o.MaxBytes}
	var err error
	if d.Root, err = filepath.Abs(Resolve(cmp.Or(root, filepath.Dir(o.List)))); err != nil {
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
	l.note()
	// Splits in their order; inside a split the list's own order.
	slices.SortStableFunc(d.Samples, func(a, b Sample) int { return cmp.Compare(rank(a.Split), rank(b.Split)) })
	return d, nil
}

func rank(split string) int { return slices.Index([]string{"", "train", "val", "test"}, split) }

// A list is a file of paths and labels being read.
type list struct {
	data      *Dataset
	seen      map[string]string // label of each path
	unlabeled bool
	each      func(Sample) error // takes the samples; nil: data does, each path once

	slashed int // paths that were found with slashes for their backslashes
	lost    int // paths with backslashes that were not found so either
	foreign int // labels that are not UTF-8
}

func (l *list) read(ctx context.Context, r io.Reader) error {
	b := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		b.Discard(3)
	}
	begin, _ := b.Peek(4096)
	switch begin = bytes.TrimSpace(begin); {
	case bytes.HasPrefix(begin, []byte("{")):
		return l.jsonl(ctx, b)
	case bytes.HasPrefix(begin, []byte("[")):
		return l.json(ctx, b)
	}
	return l.csv(ctx, b)
}

// An entry is a line of a list, or an item of an array.
type entry struct {
	where              string // "line 2" or "item 1"
	path, label, split string
}

// add takes the next entry.
func (l *list) add(ctx context.Context, e entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := e.sample()
	if !utf8.ValidString(e.label) {
		l.foreign++
	}
	if l.unlabeled {
		s.Label, s.Split = "", ""
	}
	if err == nil {
		err = l.take(s, e.where)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", e.where, err)
	}
	return nil
}

// sample is what the entry says, if it says something possible.
func (e entry) sample() (Sample, error) {
	if e.path == "" {
		return Sample{}, errors.New("the path is empty")
	}
	split := SplitOf(e.split)
	if strings.TrimSpace(e.split) != "" && split == "" {
		return Sample{}, fmt.Errorf("the split is %q, not train, val or test", e.split)
	}
	return Sample{Path: filepath.ToSlash(filepath.Clean(e.path)), Label: Label(e.label), Split: split}, nil
}

// take adds a sample, unless it is there already.
func (l *list) take(s Sample, where string) error {
	if err := l.find(&s); err != nil {
		return err
	}
	if l.each != nil {
		return l.each(s)
	}
	if before, ok := l.seen[s.Path]; ok && before == s.Label {
		l.data.note("%s: %q is listed before", where, s.Path)
		return nil
	} else if ok {
		return fmt.Errorf("%q has the label %q, and %q on an earlier line", s.Path, s.Label, before)
	}
	l.seen[s.Path] = s.Label
	if classes := l.data.Classes; s.Label != "" && (len(classes) == 0 || classes[len(classes)-1] != s.Label) {
		l.data.Classes = append(classes, s.Label)
	}
	l.data.Samples = append(l.data.Samples, s)
	return nil
}

// find looks for the file, also under other spellings of its path. That it is not there is said
// by reading it.
func (l *list) find(s *Sample) error {
	info, err := l.stat(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		for _, path := range spellings(l.data.Root, s.Path) {
			var other fs.FileInfo
			if other, err = l.stat(path); err == nil {
				if strings.Contains(s.Path, `\`) && !strings.Contains(path, `\`) {
					l.slashed++
				}
				info, s.Path = other, path
				break
			}
		}
		if err != nil && strings.Contains(s.Path, `\`) {
			l.lost++
		}
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return err
	case err == nil && info.IsDir():
		return fmt.Errorf("%q is a folder", s.Path)
	case err == nil && info.Mode().IsRegular():
		s.Bytes, s.ModTime = info.Size(), info.ModTime()
	}
	return nil
}

func (l *list) stat(path string) (fs.FileInfo, error) {
	name := filepath.FromSlash(path)
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.data.Root, name)
	}
	return os.Stat(name)
}

// note says what was read otherwise than it is written.
func (l *list) note() {
	if l.slashed > 0 {
		l.data.note("paths with backslashes, as Windows writes them, that are read with slashes: %d", l.slashed)
	}
	if l.lost > 0 {
		l.data.note("paths with backslashes that lead to no file, nor would they with slashes: %d", l.lost)
	}
	if l.foreign > 0 && !l.unlabeled {
		l.data.note("labels that are not UTF-8, so that a byte XX becomes the character U+EFXX: %d", l.foreign)
	}
}
