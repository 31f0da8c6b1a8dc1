package plan

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"graft/extractor/bucket"
	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/extractor/features"
)

// Settings say what is planned, and how.
type Settings struct {
	Data       string          // folder, archive, or root of a list's paths
	Scan       dataset.Options // of the data
	WebDataset bool            // Data is a folder of tar shards
	Images     int             // of a chunk, about; 0 = 10,000
	Partitions int             // of the store: 1, 16 or 256; 0 = as many as suit the number of images
	Made       *features.Meta  // what the features must be made with; nil: whatever the first worker has

	// Listed, if not nil, is told of every image that is listed.
	Listed func(n int)
}

const defaultImages = 10_000

// A Made plan is what Make did.
type Made struct {
	*Plan
	Notes  []string         // what was left out and why, for people
	Unread []dataset.Unread // folders that could not be entered
}

// Make lists the data and writes its plan into a folder that has none yet. A run that is cut short
// leaves no plan.json, and is simply made again.
func Make(ctx context.Context, s Settings, dir string) (*Made, error) {
	s.Data = bucket.Local(s.Data)
	if dir = bucket.Local(dir); bucket.IsURL(dir) {
		return makeInto(ctx, s, dir)
	}
	unlock, err := prepare(dir)
	if err != nil {
		return nil, fmt.Errorf("plan %q: %w", dir, err)
	}
	defer unlock()
	if s.Images <= 0 {
		s.Images = defaultImages
	}
	if s.WebDataset {
		return s.shards(ctx, dir)
	}
	m := &Made{Plan: &Plan{Version: Version, Splits: []string{}, Made: s.Made}}
	all, err := s.list(ctx, dir, m)
	if err != nil {
		return nil, err
	}
	defer all.drop()
	if m.Partitions = s.Partitions; m.Partitions == 0 {
		m.Partitions = features.Partitions(m.Images)
	}
	if err := m.cut(all, s.Images, dir); err != nil {
		return nil, err
	}
	return m, m.write(dir)
}

// list writes the lines of all images of the data, whatever kind it is of.
func (s Settings) list(ctx context.Context, dir string, m *Made) (all spool, err error) {
	if bucket.IsURL(s.Data) {
		b, err := bucket.Open(s.Data)
		if err != nil {
			return all, err
		}
		defer b.Close()
		o := &objects{bucket: b}
		m.Root, m.Scanned = s.Data, time.Now().UTC()
		all, err = s.spool(dir, m.Plan, func(give func(dataset.Sample) error) error { return o.each(ctx, s, give) })
		m.Notes = o.notes
		return all, err
	}
	stream, err := dataset.OpenStream(ctx, s.Data, s.Scan)
	if err != nil {
		return all, err
	}
	m.Root, m.List, m.Scanned = stream.Root, stream.List, stream.Scanned.UTC()
	all, err = s.spool(dir, m.Plan, func(give func(dataset.Sample) error) error {
		for sample, err := range stream.Samples(ctx) {
			if err == nil {
				err = give(sample)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	m.Notes, m.Unread = stream.Notes, stream.Unread
	return all, err
}

// prepare makes the folder and locks it, and clears what a run that was cut short has left.
func prepare(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	held, err := durable.TryLock(f, durable.Exclusive)
	if err == nil && !held {
		err = errors.New("another process is planning into it")
	}
	if err == nil || errors.Is(err, durable.ErrNoLocks) {
		err = clear(dir)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

var errPlanned = errors.New("it holds a plan already; name another folder")

// clear removes the leftovers, if the folder holds nothing else.
func clear(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case name == File:
			return errPlanned
		case !durable.IsTemp(name) && !isChunk(name) && !strings.HasPrefix(name, spoolName):
			return fmt.Errorf("it holds other files (%s); name an empty folder", name)
		}
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func isChunk(name string) bool {
	return strings.HasPrefix(name, "chunk-") && strings.HasSuffix(name, chunkSuffix)
}

const spoolName = ".lines-"

// A spool is a file of all lines, before it is known how many there are.
type spool struct{ *os.File }

func (s spool) drop() {
	s.Close()
	os.Remove(s.Name())
}

// spool writes the lines of all samples that each gives, and counts them.
func (s Settings) spool(dir string, p *Plan, each func(give func(dataset.Sample) error) error) (_ spool, err error) {
	f, err := os.CreateTemp(dir, spoolName)
	if err != nil {
		return spool{}, err
	}
	all := spool{f}
	defer func() {
		if err != nil {
			all.drop()
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	var b bytes.Buffer
	err = each(func(sample dataset.Sample) error {
		b.Reset()
		if err := newLine(sample).append(&b); err != nil {
			return err
		}
		if _, err := w.Write(b.Bytes()); err != nil {
			return fmt.Errorf("plan %q: %w", dir, err)
		}
		p.Images++
		p.Bytes += sample.Bytes
		if sample.Split != "" && !slices.Contains(p.Splits, sample.Split) {
			p.Splits = append(p.Splits, sample.Split)
		}
		if s.Listed != nil {
			s.Listed(1)
		}
		return nil
	})
	if err != nil {
		return all, err
	}
	if err := w.Flush(); err != nil {
		return all, fmt.Errorf("plan %q: %w", dir, err)
	}
	_, err = f.Seek(0, io.SeekStart)
	return all, err
}

// cut makes chunks of the lines, of about as many images each and of about the same cost.
func (p *Plan) cut(all io.Reader, images int, dir string) error {
	chunks := (p.Images + int64(images) - 1) / int64(images)
	mean := float64(p.Bytes) / float64(p.Images)
	total, done := 2*float64(p.Bytes), 0.0
	if p.Bytes == 0 {
		mean, total = 1, float64(p.Images)
	}
	var b bytes.Buffer
	r := bufio.NewReaderSize(all, 1<<20)
	for {
		text, err := r.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		var size struct {
			Bytes int64 `json:"bytes"`
		}
		if err := json.Unmarshal(text, &size); err != nil {
			return err
		}
		b.Write(text)
		done += float64(size.Bytes) + mean
		const round = 1e-9
		if done >= float64(len(p.Digests)+1)*total/float64(chunks)*(1-round) {
			if err := p.add(dir, &b); err != nil {
				return err
			}
		}
	}
	if b.Len() > 0 {
		return p.add(dir, &b)
	}
	return nil
}

// add writes the next chunk.
func (p *Plan) add(dir string, b *bytes.Buffer) error {
	err := durable.WriteNew(ChunkFile(dir, len(p.Digests)), func(w io.Writer) error {
		_, err := w.Write(b.Bytes())
		return err
	})
	if err != nil {
		return err
	}
	p.Digests = append(p.Digests, digestOf(b.Bytes()))
	b.Reset()
	return nil
}
