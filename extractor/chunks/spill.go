package chunks

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"graft/extractor/durable"
	"graft/extractor/features"
)

// A spill is the records of all chunks, sorted by partition, in files of a folder that is for one
// run.
type spill struct {
	dir      string
	files    []*os.File
	buffers  []*bufio.Writer
	encoders []*gob.Encoder
}

// A spilled record knows the number of its chunk.
type spilled struct {
	Chunk  int
	Record features.Record
}

const spillName = ".finish-"

// tidy removes what killed finishers and workers have left; the caller has the lock.
func tidy(store string) error {
	dir := filepath.Join(store, recordsFolder)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("features %q: %w", store, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), spillName) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
	durable.Clean(dir)
	return nil
}

// newSpill makes the files, beside the store's.
func newSpill(store string, partitions int) (_ *spill, err error) {
	dir := filepath.Join(store, recordsFolder)
	s := &spill{}
	if s.dir, err = os.MkdirTemp(dir, spillName); err != nil {
		return nil, fmt.Errorf("features %q: %w", store, err)
	}
	for i := range partitions {
		f, err := os.Create(filepath.Join(s.dir, fmt.Sprint(i)))
		if err != nil {
			s.drop()
			return nil, err
		}
		s.files = append(s.files, f)
		w := bufio.NewWriterSize(f, 32<<10)
		s.buffers, s.encoders = append(s.buffers, w), append(s.encoders, gob.NewEncoder(w))
	}
	return s, nil
}

func (s *spill) add(partition, chunk int, r *features.Record) error {
	return s.encoders[partition].Encode(spilled{chunk, *r})
}

// each gives the records of a partition, in the order in which they were added.
func (s *spill) each(partition int, take func(chunk int, r features.Record) error) error {
	if err := s.buffers[partition].Flush(); err != nil {
		return err
	}
	f := s.files[partition]
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	d := gob.NewDecoder(bufio.NewReaderSize(f, 64<<10))
	for {
		var r spilled
		switch err := d.Decode(&r); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := take(r.Chunk, r.Record); err != nil {
			return err
		}
	}
}

// drop removes the files.
func (s *spill) drop() {
	for _, f := range s.files {
		f.Close()
	}
	os.RemoveAll(s.dir)
}
