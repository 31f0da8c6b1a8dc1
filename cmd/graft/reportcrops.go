package main

import (
	"context"
	"fmt"
	"path/filepath"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
)

// crops makes small pictures of records, cut as the trunk sees them:
// report.Thumbnails.
type crops struct {
	data    *dataset.Dataset
	records []features.Record
	*extractor.Thumbnailer
}

// rootOf is where the photographs of the input lie, or lay when it was extracted.
func rootOf(in *input) (string, error) {
	if !features.IsDir(in.name) {
		return filepath.Abs(in.name)
	}
	names, err := in.store.Tables()
	if err != nil {
		return "", err
	}
	if len(names) != 1 {
		return "", fmt.Errorf("features %q hold %d datasets", in.name, len(names))
	}
	table, err := in.store.ReadTable(names[0])
	if err != nil {
		return "", err
	}
	return table.Root, nil
}

// openCrops opens the folder or archive of the photographs; the error says
// that they are gone.
func openCrops(ctx context.Context, root string, tr pixels.Transform, l pixels.Limits, records []features.Record) (*crops, error) {
	// The records say what there is; the folders' meaning does not matter here.
	data, err := dataset.Scan(ctx, root, dataset.Options{Unlabeled: true})
	if err != nil {
		return nil, err
	}
	keys := map[string]pixels.Key{}
	for _, r := range records {
		keys[r.Path] = r.Key
	}
	return &crops{data, records, extractor.NewThumbnailer(data, tr, l, keys)}, nil
}

// Close closes the archive, if the photographs are in one.
func (t *crops) Close() error { return t.data.Close() }

// Thumbnail is a small JPEG of record i, if its file is still what the features
// were computed from.
func (t *crops) Thumbnail(i int) ([]byte, error) { return t.Thumbnailer.Thumbnail(t.records[i].Path) }
