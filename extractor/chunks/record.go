package chunks

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"graft/extractor/durable"
	"graft/extractor/features"
)

const (
	recordsFolder = "records"
	recordSuffix  = ".arrow"
	partialSuffix = ".partial.arrow"
)

// An About is what a record says of itself: text of its table.
type About struct {
	Chunk   string        `json:"chunk"`
	Digest  string        `json:"digest"`
	Images  int           `json:"images"`  // in the chunk, as far as it was done
	Failed  int           `json:"failed"`  // of them: without features
	Rows    int           `json:"rows"`    // of features, views counted
	Bytes   int64         `json:"bytes"`   // of the files
	Parts   []string      `json:"parts"`   // below the store; a record of more than 256 does not name them
	Partial bool          `json:"partial"` // the worker was stopped: the samples behind are not done
	Made    features.Meta `json:"made"`

	Started time.Time `json:"started"`
	Seconds Seconds   `json:"seconds"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
}

// Seconds say where the time of a chunk went; those of decoding and of the trunk are sums over
// workers.
type Seconds struct {
	All      float64 `json:"all"`
	Decoding float64 `json:"decoding"`
	Trunk    float64 `json:"trunk"`
	Writing  float64 `json:"writing"`
}

// A found record is one in a store.
type found struct {
	path    string
	chunk   string
	digest  string
	partial bool
}

// findRecords lists the records of a store, in the order of their names; only those of a chunk, or
// of all with digest "".
func findRecords(store, digest string) ([]found, error) {
	dir := filepath.Join(store, recordsFolder)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("features %q: %w", store, err)
	}
	var list []found
	for _, e := range entries {
		if durable.IsTemp(e.Name()) {
			continue
		}
		f := found{path: filepath.Join(dir, e.Name())}
		name, whole := strings.CutSuffix(e.Name(), recordSuffix)
		name, f.partial = strings.CutSuffix(name, strings.TrimSuffix(partialSuffix, recordSuffix))
		words := strings.Split(name, "-") // chunk, number, digest, unique
		if !whole || len(words) != 4 || words[0] != "chunk" {
			continue
		}
		f.chunk, f.digest = words[0]+"-"+words[1], words[2]
		if digest == "" || f.digest == digest {
			list = append(list, f)
		}
	}
	return list, nil
}

// Write writes the record of a chunk whose rows are in the store, and returns its path. It is for
// those who compute features otherwise than a [Worker].
func (a About) Write(store string, t *features.Table) (string, error) {
	const most = 256 // a table's description has to end within its first 64 kB
	if len(a.Parts) > most {
		a.Parts = nil
	}
	b, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	t.About = string(b)
	suffix := recordSuffix
	if a.Partial {
		suffix = partialSuffix
	}
	dir := filepath.Join(store, recordsFolder)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", fmt.Errorf("features %q: %w", store, err)
	}
	unique := strings.ToLower(rand.Text()[:8])
	path := filepath.Join(dir, fmt.Sprintf("%s-%s-%s%s", a.Chunk, a.Digest, unique, suffix))
	return path, features.WriteTableFile(path, t)
}

// readRecord reads a record and checks it.
func readRecord(path string) (*features.Table, About, error) {
	t, err := features.ReadTableFile(path)
	if err != nil {
		return nil, About{}, err
	}
	a, err := parseAbout(path, t.About)
	return t, a, err
}

func parseAbout(path, text string) (a About, err error) {
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return a, fmt.Errorf("record %q: it does not say of which chunk it is: %w", path, err)
	}
	return a, nil
}

// whole are the records of whole chunks.
func whole(list []found) []found {
	return slices.DeleteFunc(slices.Clone(list), func(f found) bool { return f.partial })
}
