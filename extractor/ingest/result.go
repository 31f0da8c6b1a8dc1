package ingest

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
)

// A Result is what a run has done.
type Result struct {
	Data    *dataset.Dataset  // as scanned; open as long as the job is
	Table   string            // name of the samples table, in every folder
	Records []features.Record // its rows
	Total   int               // images of this run: all, or those of the shard
	Failed  []features.Record // that have no features, with the reason
	Folders []string          // of features, one a tap
	Damaged []string          // what was found damaged; it was not used, and computed again where it was needed
	Notes   []string          // what people should know
}

// Run opens a job for the data at path, runs it, and closes it.
func Run(ctx context.Context, path string, o Options) (*Result, error) {
	j, err := OpenFor(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	return j.Run(ctx, path)
}

func (j *Job) result(table string, total int, records []features.Record) *Result {
	r := &Result{Data: j.data, Table: table, Records: records, Total: total, Failed: failed(records)}
	for _, store := range j.stores {
		r.Folders = append(r.Folders, store.Dir())
		r.Damaged = append(r.Damaged, damaged(store)...)
	}
	var surprises pixels.Surprises
	for _, record := range records {
		surprises.Add(j.Transform, record.Info())
	}
	r.note(j.options.Progress, surprises)
	r.Notes = j.options.Progress.Notes()
	return r
}

// damaged is what was found damaged in a folder, with its path.
func damaged(store *features.Store) (list []string) {
	for _, p := range store.Problems() {
		list = append(list, filepath.Join(store.Dir(), p.Error()))
	}
	return list
}

// failed are the records that say why they have no features.
func failed(records []features.Record) (list []features.Record) {
	for _, r := range records {
		if r.Error != "" {
			list = append(list, r)
		}
	}
	return list
}

// recordsOf are the rows of the samples table before anything is read: the samples, and behind them
// the folders that could not be entered.
func recordsOf(d *dataset.Dataset) []features.Record {
	records := make([]features.Record, len(d.Samples))
	folder := ""
	if len(d.Splits) == 0 {
		folder = splitOfFolder(d.Root)
	}
	for i, s := range d.Samples {
		if s.Split == "" {
			s.Split = folder
		}
		records[i] = features.Record{Path: s.Path, Label: s.Label, Split: s.Split, Bytes: s.Bytes, ModTime: s.ModTime}
	}
	for _, u := range d.Unread {
		records = append(records, features.Record{Path: u.Path, Error: u.Error()})
	}
	return records
}

// splitOfFolder is the split that the name of the data's folder says: a person
// who names photographs/train means the training set.
func splitOfFolder(root string) string {
	name := path.Base(filepath.ToSlash(root))
	if slices.Contains([]string{"dev", "devel", "development", "eval"}, strings.ToLower(name)) {
		return "" // beside train they are splits; by themselves the names of many things
	}
	return dataset.SplitOf(name)
}

func setOutcome(r *features.Record, o extractor.Outcome) {
	r.Key = o.Key
	r.SetInfo(o.Info)
	if o.Err != nil {
		r.Error = strings.Join(strings.Fields(o.Err.Error()), " ")
	}
}
