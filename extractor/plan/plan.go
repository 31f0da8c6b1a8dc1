package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"graft/extractor/durable"
	"graft/extractor/features"
)

// Version is the version of plan.json and of the chunks.
const Version = 1

// File is the name of a plan's description in its folder.
const File = "plan.json"

// A Plan says what was divided into how many chunks.
type Plan struct {
	Version    int       `json:"version"`
	Root       string    `json:"root"`           // absolute path of the data
	List       string    `json:"list,omitempty"` // that named it
	WebDataset bool      `json:"webdataset,omitempty"`
	Scanned    time.Time `json:"scanned"`    // when the listing began
	Images     int64     `json:"images"`     // 0 of a WebDataset: not known yet
	Bytes      int64     `json:"bytes"`      // of the files
	Splits     []string  `json:"splits"`     // those there are, of train, val, test; none of a WebDataset
	Partitions int       `json:"partitions"` // folders of the store: 1, 16 or 256
	Digests    []string  `json:"chunks"`     // of the chunks, in order: see Chunk.Digest

	// Made, if not nil, is what the features must be made with: another trunk or transform is
	// refused.
	Made *features.Meta `json:"made,omitempty"`
}

// Chunks is how many chunks there are.
func (p *Plan) Chunks() int { return len(p.Digests) }

// Name is that of chunk number i, counted from 0: chunk-00001 is the first.
func Name(i int) string { return fmt.Sprintf("chunk-%05d", i+1) }

// ChunkFile is where chunk number i, counted from 0, lies in a plan's folder.
func ChunkFile(dir string, i int) string { return filepath.Join(dir, Name(i)+chunkSuffix) }

// Read reads the plan in a folder.
func Read(dir string) (*Plan, error) {
	b, err := os.ReadFile(filepath.Join(dir, File))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("plan %q: it has no %s, so it is no plan, or the planning was cut short", dir, File)
	}
	if err != nil {
		return nil, fmt.Errorf("plan %q: %w", dir, err)
	}
	var p Plan
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("plan %q: %s: %w", dir, File, err)
	}
	switch {
	case p.Version != Version:
		return nil, fmt.Errorf("plan %q: format version %d; this graft reads version %d", dir, p.Version, Version)
	case features.Digits(p.Partitions) < 0:
		return nil, fmt.Errorf("plan %q: %d partitions; possible are 1, 16 and 256", dir, p.Partitions)
	case p.Chunks() == 0:
		return nil, fmt.Errorf("plan %q: it has no chunks", dir)
	}
	return &p, nil
}

func (p *Plan) write(dir string) error {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteNew(filepath.Join(dir, File), func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
}
