package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Scan finds the samples below root: a folder, a .zip or .tar archive of one, or, with
// Options.List, the files that a list names. Finding no image at all is an error that says what
// was looked for and what was there instead. Close the Dataset when done with it.
func Scan(ctx context.Context, root string, o Options) (*Dataset, error) {
	began := time.Now()
	d, err := scan(ctx, root, o)
	if err != nil {
		return nil, err
	}
	d.Scanned = began
	d.finish()
	if len(d.Samples) == 0 {
		d.Close()
		return nil, d.noImages()
	}
	return d, nil
}

func scan(ctx context.Context, root string, o Options) (*Dataset, error) {
	if o.List != "" {
		return scanList(ctx, root, o)
	}
	abs, err := filepath.Abs(Resolve(root))
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", root, err)
	}
	info, err := os.Stat(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("scan %q: no such folder or archive", root)
	}
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", root, err)
	}
	if !info.IsDir() {
		return scanArchive(ctx, abs, o)
	}
	d := &Dataset{Root: abs, files: folder{abs}, max: o.MaxBytes}
	t, err := walk(ctx, abs)
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", root, err)
	}
	d.Notes, d.Unread = t.notes, t.unread
	if err := d.arrange(t.root, o); err != nil {
		return nil, fmt.Errorf("scan %q: %w", root, err)
	}
	return d, nil
}

// finish fills in what follows from the samples.
func (d *Dataset) finish() {
	for _, split := range []string{"train", "val", "test"} {
		if slices.ContainsFunc(d.Samples, func(s Sample) bool { return s.Split == split }) {
			d.Splits = append(d.Splits, split)
		}
	}
	slices.Sort(d.Classes)
	d.Classes = slices.Compact(d.Classes)
	if text := leftOut(d.Others); text != "" {
		d.note("%s", text)
	}
	d.noteAlike()
}

// noImages is the error that says what was looked for and what was found instead.
func (d *Dataset) noImages() error {
	found := "it holds no files"
	if len(d.Others) > 0 {
		found = "found files of other kinds: " + kindsOf(d.Others)
	}
	if len(d.Unread) > 0 {
		found += fmt.Sprintf("; %d folders could not be entered, the first: %q: %v", len(d.Unread), d.Unread[0].Path, d.Unread[0].Err)
	}
	return fmt.Errorf("scan %q: no images (%s); %s", d.Root, strings.Join(extensions, " "), found)
}
