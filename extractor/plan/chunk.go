package plan

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"graft/extractor/bucket"
	"graft/extractor/dataset"
)

const chunkSuffix = ".jsonl"

// A Chunk is some of the samples of a plan's data.
type Chunk struct {
	Name    string // chunk-00001
	Number  int    // counted from 0
	Digest  string // of its lines: the first 16 hexadecimal digits of their SHA-256
	Samples []dataset.Sample
	Shard   string // path of the tar that the samples are in, below the data's root; "" = they are named in Samples
	Bytes   int64  // of the files
}

// A line is one of a chunk.
type line struct {
	Path  string    `json:"path,omitempty"`
	Shard string    `json:"shard,omitempty"`
	Label string    `json:"label,omitempty"`
	Split string    `json:"split,omitempty"`
	Bytes int64     `json:"bytes"`
	MTime time.Time `json:"mtime"`
}

// newLine is the line of a sample.
func newLine(s dataset.Sample) line {
	return line{Path: dataset.Escape(s.Path), Label: s.Label, Split: s.Split, Bytes: s.Bytes, MTime: s.ModTime.UTC()}
}

func (l line) append(b *bytes.Buffer) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(l)
}

// digestOf is that of a chunk's lines.
func digestOf(lines []byte) string {
	sum := sha256.Sum256(lines)
	return hex.EncodeToString(sum[:8])
}

// A NotPlannedError says that a chunk's lines are not those that were planned: it is damaged, not
// whole, or of another plan.
type NotPlannedError struct{ Chunk string }

// Error names the chunk.
func (e *NotPlannedError) Error() string {
	return fmt.Sprintf("chunk %q: its lines are not those that were planned", e.Chunk)
}

// ReadChunk reads a chunk of the plan in whose folder it lies, and refuses one that is not what was
// planned with a [*NotPlannedError].
func (p *Plan) ReadChunk(path string) (*Chunk, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("chunk %q: there is no such file; the plan has the chunks 1 to %d", path, p.Chunks())
	}
	if err != nil {
		return nil, fmt.Errorf("chunk: %w", err)
	}
	c := &Chunk{Name: strings.TrimSuffix(filepath.Base(path), chunkSuffix), Digest: digestOf(b)}
	number, err := strconv.Atoi(strings.TrimPrefix(c.Name, "chunk-"))
	if c.Number = number - 1; err != nil || number < 1 || number > p.Chunks() || p.Digests[c.Number] != c.Digest {
		return nil, &NotPlannedError{Chunk: path}
	}
	return c, c.parse(path, b)
}

func (c *Chunk) parse(path string, b []byte) error {
	scanner := bufio.NewScanner(bytes.NewReader(b))
	scanner.Buffer(nil, 1<<20)
	for n := 1; scanner.Scan(); n++ {
		var l line
		err := json.Unmarshal(scanner.Bytes(), &l)
		if err == nil && (l.Path == "") == (l.Shard == "") {
			err = errors.New("it must have either a path or a shard")
		}
		if err != nil {
			return fmt.Errorf("chunk %q: line %d: %w", path, n, err)
		}
		c.Bytes += l.Bytes
		if l.Shard != "" {
			c.Shard = dataset.Unescape(l.Shard)
			continue
		}
		c.Samples = append(c.Samples, dataset.Sample{
			Path: dataset.Unescape(l.Path), Label: l.Label, Split: l.Split, Bytes: l.Bytes, ModTime: l.MTime,
		})
	}
	return scanner.Err()
}

// Resolve finds the file of a chunk as a person or a scheduler names it: a file, or, with the
// plan's folder, its name or number.
func Resolve(dir, name string) string {
	if dir == "" || strings.ContainsAny(name, `/\`) {
		return name
	}
	if n, err := strconv.Atoi(name); err == nil && n > 0 {
		name = Name(n - 1)
	}
	name = strings.TrimSuffix(name, chunkSuffix) + chunkSuffix
	if bucket.IsURL(dir) {
		return bucket.Join(dir, name)
	}
	return filepath.Join(bucket.Local(dir), name)
}
