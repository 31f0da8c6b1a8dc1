package chunks

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"graft/extractor"
	"graft/extractor/bucket"
	"graft/extractor/features"
)

// take keeps what became of a sample.
func (d *doing) take(r features.Record, computed []extractor.Features) error {
	var first []float32
	d.asRead(&r)
	if d.meta.Rows == features.Float16 {
		computed = d.fitting(&r, computed)
	}
	for _, f := range computed {
		if f.View == 0 {
			first = f.Rows[0]
		}
		if d.sink == nil {
			continue
		}
		full, err := d.sink.Append(features.Row{ID: features.ID{Key: r.Key, View: int32(f.View)}, Features: f.Rows[0]})
		if err == nil && full {
			err = d.seal()
		}
		if err != nil {
			return err
		}
	}
	d.rows += len(computed)
	d.bytes += r.Bytes
	d.records = append(d.records, r)
	if d.also == nil {
		return nil
	}
	return d.also.Take(r, first)
}

// asRead has a record say the size and time of the file that was read: it may be another one than was
// planned. Its key is that of what was read in any case.
func (d *doing) asRead(r *features.Record) {
	var info os.FileInfo
	if came, ok := d.read.LoadAndDelete(r.Path); ok {
		info = came.(os.FileInfo)
	} else if d.chunk.Shard == "" && !bucket.IsURL(d.root) {
		info, _ = os.Stat(filepath.Join(d.root, filepath.FromSlash(r.Path))) // of an archive there is none
	}
	const step = time.Second // stores of objects tell no smaller ones
	if info == nil || info.Size() == r.Bytes && info.ModTime().Truncate(step).Equal(r.ModTime.Truncate(step)) {
		return
	}
	r.Bytes, r.ModTime = info.Size(), info.ModTime()
	d.changed = append(d.changed, r.Path)
}

// fitting are the features of an image, none if float16 cannot hold them: that is its error.
func (d *doing) fitting(r *features.Record, computed []extractor.Features) []extractor.Features {
	for _, f := range computed {
		if err := features.FitsHalf(f.Rows[0]); err != nil {
			r.Error = err.Error()
			return nil
		}
	}
	return computed
}

// seal puts the rows that are pending on the disk.
func (d *doing) seal() error {
	names, err := d.sink.Seal()
	d.parts = append(d.parts, names...)
	return err
}

// commit seals the chunk and acknowledges it.
func (d *doing) commit(ctx context.Context) error {
	if d.also != nil {
		if err := d.also.Commit(); err != nil {
			return err
		}
	}
	if d.sink != nil {
		done, err := d.meanwhile(ctx)
		if err == nil && !done {
			err = d.record(ctx, false)
		}
		if err != nil || done && d.also == nil {
			return err
		}
	}
	d.answer.Images, d.answer.Rows, d.answer.Problems = len(d.records), d.rows, failedOf(d.records)
	d.answer.Failed, d.answer.State, d.answer.Changed = len(d.answer.Problems), Done, len(d.changed)
	if len(d.changed) > 0 {
		d.options.Ingest.Progress.Note("%s: %d images are not those that were planned; they are recorded as they were read, the first: %s", d.chunk.Name, len(d.changed), d.changed[0])
	}
	d.end(ctx, append(d.died, d.here)...)
	return nil
}

// stop keeps what was done of a chunk that was to be stopped.
func (d *doing) stop(ctx context.Context, cause error) error {
	d.answer.State = Stopped
	if d.sink == nil || len(d.records) == d.skip {
		return cause
	}
	if done, err := d.meanwhile(ctx); done || err != nil {
		return err
	}
	if err := d.record(ctx, true); err != nil {
		return err
	}
	d.answer.Images = len(d.records)
	return cause
}

// record seals, and writes what became of the samples up to here.
func (d *doing) record(ctx context.Context, partial bool) error {
	if err := d.seal(); err != nil {
		return err
	}
	host, _ := os.Hostname()
	times := d.options.Ingest.Progress.Times()
	about := About{
		Chunk: d.chunk.Name, Digest: d.chunk.Digest, Images: len(d.records), Failed: len(failedOf(d.records)),
		Rows: d.rows, Bytes: d.bytes, Parts: d.parts, Partial: partial, Made: d.meta, Started: d.started.UTC(),
		Seconds: Seconds{time.Since(d.started).Seconds(), times.Decoding.Seconds(), times.Trunk.Seconds(), times.Writing.Seconds()},
		Host:    host, PID: os.Getpid(),
	}
	t := &features.Table{Root: d.plan.Root, Scanned: d.plan.Scanned, Records: d.records}
	file, err := about.Write(d.options.Ingest.Folder, t)
	if err != nil {
		return err
	}
	d.answer.Record = d.remote.url(file)
	if d.remote == nil {
		return nil
	}
	return d.remote.publish(ctx, d.layout, about, file)
}

// failedOf are the records that say why they have no features.
func failedOf(records []features.Record) (list []features.Record) {
	for _, r := range records {
		if r.Error != "" {
			list = append(list, r)
		}
	}
	return list
}
