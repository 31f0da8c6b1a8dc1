package predictions

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"graft/extractor/chunks"
	"graft/extractor/durable"
	"graft/extractor/features"
	"graft/extractor/plan"
	"graft/head/classify"
)

// Chunks writes what a head says of the photographs of a plan's chunks, a Parquet file each:
//
//	DIR/chunk-00001-DIGEST.parquet   path, label, probability of each image that could be read
//
// A file that is there is not made again: it appears whole or not at all.
type Chunks struct {
	Dir  string
	Head *classify.Head
}

// Open is for [chunks.Options]: nil if the chunk has its file.
func (c Chunks) Open(of *plan.Chunk) (chunks.Sink, error) {
	path := filepath.Join(c.Dir, fmt.Sprintf("%s-%s.parquet", of.Name, of.Digest))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := durable.Create(path)
	if err != nil {
		return nil, err
	}
	s := &chunkSink{head: c.Head, file: f, p: make([]float64, len(c.Head.Classes()))}
	if s.writer, err = NewWriter("parquet", f, s.rule().Columns()); err != nil {
		f.Abort()
		return nil, err
	}
	return s, nil
}

// chunkSink is the file of a chunk being written.
type chunkSink struct {
	head   *classify.Head
	file   *durable.File
	writer Writer
	p      []float64
}

var _ chunks.Sink = (*chunkSink)(nil)

func (s *chunkSink) rule() Rule { return Rule{Top: 1} }

// Take labels an image.
func (s *chunkSink) Take(r features.Record, x []float32) error {
	if x == nil {
		return nil // the record has the reason
	}
	s.head.Predict(x, s.p)
	return s.writer.Write(s.rule().Predict(r.Path, s.head.Classes(), s.p))
}

// Commit gives the file its name.
func (s *chunkSink) Commit() error {
	if err := s.writer.Close(); err != nil {
		return err
	}
	return s.file.Commit()
}

// Abort drops the file.
func (s *chunkSink) Abort() { s.file.Abort() }
