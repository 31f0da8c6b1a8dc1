package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"
)

// A Stream is a data set that is given one photograph after the other, for those with more than
// memory should hold. Of a folder it holds the names of all folders, and of the files in one of
// them; of a list one line; of an archive its index.
type Stream struct {
	Root    string    // as in Dataset
	List    string    // as in Dataset
	Scanned time.Time // when the scan began

	Classes []string // seen so far
	Unread  []Unread // folders that could not be entered; complete when Samples has ended
	Notes   []string // complete when Samples has ended

	options Options
	archive *Dataset
}

// OpenStream looks what there is at root: a folder, an archive of one, or with Options.List the
// root of the paths of a list.
func OpenStream(ctx context.Context, root string, o Options) (*Stream, error) {
	s := &Stream{List: Resolve(o.List), Scanned: time.Now(), options: o}
	if o.List != "" {
		root = cmp.Or(root, filepath.Dir(s.List))
	}
	var err error
	if s.Root, err = filepath.Abs(Resolve(root)); err != nil {
		return nil, fmt.Errorf("scan %q: %w", root, err)
	}
	info, err := os.Stat(s.Root)
	switch {
	case o.List != "":
	case err != nil:
		return nil, fmt.Errorf("scan %q: %w", root, missing(s.Root, err))
	case !info.IsDir():
		if s.archive, err = Scan(ctx, s.Root, o); err != nil {
			return nil, err
		}
		s.Classes, s.Notes = s.archive.Classes, s.archive.Notes
		return s, s.archive.Close()
	}
	return s, nil
}

// Archived reports whether the photographs lie in an archive.
func (s *Stream) Archived() bool { return s.archive != nil }

// errEnough ends a walk whose taker wants no more.
var errEnough = errors.New("enough")

// Samples gives the photographs once, in the order of [Scan]; those of a list in the list's own,
// also such as it names twice. An error ends them; finding none at all is one.
func (s *Stream) Samples(ctx context.Context) iter.Seq2[Sample, error] {
	return func(yield func(Sample, error) bool) {
		found := 0
		give := func(sample Sample) error {
			found++
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			if !yield(sample, nil) {
				return errEnough
			}
			return nil
		}
		err := s.each(ctx, give)
		if err == nil && found == 0 {
			err = fmt.Errorf("scan %q: no images", cmp.Or(s.List, s.Root))
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(Sample{}, err)
		}
	}
}

func (s *Stream) each(ctx context.Context, give func(Sample) error) error {
	switch {
	case s.List != "":
		return s.listed(ctx, give)
	case s.archive != nil:
		for _, sample := range s.archive.Samples {
			if err := give(sample); err != nil {
				return err
			}
		}
		return nil
	}
	return s.folder(ctx, give)
}

// listed gives what a list names.
func (s *Stream) listed(ctx context.Context, give func(Sample) error) error {
	f, err := os.Open(s.List)
	if err != nil {
		return fmt.Errorf("list %q: %w", s.List, cause(err))
	}
	defer f.Close()
	l := &list{data: &Dataset{Root: s.Root}, unlabeled: s.options.Unlabeled, each: give}
	if err := l.read(ctx, f); err != nil {
		return fmt.Errorf("list %q: %w", s.List, err)
	}
	l.note()
	s.Notes = append(s.Notes, l.data.Notes...)
	return nil
}

// folder gives what lies below the root: the folders are read first, then the files of each.
func (s *Stream) folder(ctx context.Context, give func(Sample) error) error {
	t := &tree{root: &node{}, abs: s.Root, counts: true, folders: true}
	if err := t.walk(ctx); err != nil {
		return fmt.Errorf("scan %q: %w", s.Root, err)
	}
	s.Notes, s.Unread = append(s.Notes, t.notes...), t.unread
	w := &streaming{Stream: s, ctx: ctx, tree: t, give: give}
	if s.options.Unlabeled {
		_, err := w.all(t.root, "", "")
		return err
	}
	if !t.root.isSplit() {
		return w.classes(t.root, "")
	}
	for _, split := range []string{"train", "val", "test"} {
		for _, c := range t.root.dirs {
			if SplitOf(c.name) != split {
				continue
			}
			if err := w.classes(c, split); err != nil {
				return err
			}
		}
	}
	for _, c := range t.root.dirs {
		if SplitOf(c.name) == "" {
			s.note("folder %q lies beside the splits and is not read", c.path)
		}
	}
	return w.beside(t.root)
}

func (s *Stream) note(format string, a ...any) { s.Notes = append(s.Notes, fmt.Sprintf(format, a...)) }

// streaming is a walk through the folders of a Stream.
type streaming struct {
	*Stream
	ctx  context.Context
	tree *tree
	give func(Sample) error
}

// classes gives the classes under n, or, if it has no folders, its files without a label.
func (w *streaming) classes(n *node, split string) error {
	if len(n.dirs) == 0 {
		_, err := w.all(n, "", split)
		return err
	}
	folders := map[string]*node{}
	for _, c := range n.dirs {
		label := Label(c.name)
		if other := folders[label]; other != nil {
			return fmt.Errorf("scan %q: %w", w.Root, &SameLabelError{other.path, c.path})
		}
		folders[label] = c
		if !utf8.ValidString(c.name) {
			w.note("the class folder %+q is not UTF-8; its label is %+q", c.path, label)
		}
		added, err := w.all(c, label, split)
		if err != nil {
			return err
		}
		if added == 0 {
			w.note("the class folder %q holds no images and is left out", c.path)
			continue
		}
		w.Classes = append(w.Classes, label)
	}
	return w.beside(n)
}

// beside says which images lie beside folders and so belong to none.
func (w *streaming) beside(n *node) error {
	loose := 0
	err := w.files(n, func(file) error { loose++; return nil })
	if loose > 0 {
		w.note("%d images lie directly in %q, beside its folders, belong to none and are not read", loose, cmp.Or(n.path, "."))
	}
	return err
}

// all gives the images below n, folders in the order of their paths, and returns how many.
func (w *streaming) all(n *node, label, split string) (added int, err error) {
	for _, dir := range n.below() {
		err := w.files(dir, func(f file) error {
			added++
			s := Sample{Path: f.name, Label: label, Split: split, Bytes: f.bytes, ModTime: f.mtime}
			if dir.path != "" {
				s.Path = dir.path + "/" + f.name
			}
			return w.give(s)
		})
		if err != nil {
			return added, err
		}
	}
	return added, nil
}

// files gives the images in one folder, sorted by name.
func (w *streaming) files(dir *node, give func(file) error) error {
	once := &tree{abs: w.tree.abs, shallow: true}
	entries, err := once.list(dir)
	if err != nil {
		return fmt.Errorf("scan %q: the folder %q: %w", w.Root, dir.path, cause(err))
	}
	for _, e := range entries {
		n := &node{path: dir.path}
		if err := once.entry(w.ctx, n, e, nil); err != nil {
			return err
		}
		if len(n.files) > 0 {
			if err := give(n.files[0]); err != nil {
				return err
			}
		}
	}
	w.Notes = append(w.Notes, once.notes...)
	return nil
}
