package chunks

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"graft/extractor/dataset"
)

// An Attempt is a worker at a chunk. Its file lies beside the records for as long as the worker has
// the chunk in hand; one that stays is of a worker that died, and the next ones go in smaller steps
// until they know which image it is. See care.
//
//	STORE/records/chunk-00001-DIGEST-UNIQUE.attempt   an Attempt in JSON
type Attempt struct {
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	From    int       `json:"from"` // samples of the step in hand, counted from 0 in the chunk
	To      int       `json:"to"`   // the one behind; 0: not known
	Path    string    `json:"path"` // of the first one

	name string // of its file
}

const attemptSuffix = ".attempt"

// one reports whether the worker had a single image in hand.
func (a Attempt) one() bool { return a.To == a.From+1 }

// findAttempts reads those of a chunk, or of all with digest "", by digest.
func findAttempts(store, digest string) (map[string][]Attempt, error) {
	dir := filepath.Join(store, recordsFolder)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("features %q: %w", store, err)
	}
	list := map[string][]Attempt{}
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), attemptSuffix)
		words := strings.Split(name, "-") // chunk, number, digest, unique
		if !is || len(words) != 4 || digest != "" && words[2] != digest {
			continue
		}
		a := Attempt{name: e.Name()}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has just ended
		}
		if err != nil {
			return nil, err
		}
		if json.Unmarshal(b, &a) != nil {
			a = Attempt{name: e.Name()} // it is being written, or the disk was full
		}
		list[words[2]] = append(list[words[2]], a)
	}
	for _, l := range list {
		slices.SortFunc(l, func(a, b Attempt) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.name, b.name)) })
	}
	return list, nil
}

// begin begins one, which end ends.
func (d *doing) begin() {
	host, _ := os.Hostname()
	d.here = Attempt{Host: host, PID: os.Getpid(), Started: time.Now().UTC()}
	d.here.name = fmt.Sprintf("%s-%s-%s%s", d.chunk.Name, d.chunk.Digest, strings.ToLower(rand.Text()[:8]), attemptSuffix)
}

func (d *doing) attemptFile(a Attempt) string {
	return filepath.Join(d.options.Ingest.Folder, recordsFolder, a.name)
}

// mark says which samples are taken in hand now. Who keeps no features has no place for that.
func (d *doing) mark(ctx context.Context, from, to int, first string) error {
	if d.sink == nil {
		return nil
	}
	d.here.From, d.here.To, d.here.Path = from, to, dataset.Escape(first)
	b, err := json.Marshal(d.here)
	if err != nil {
		return err
	}
	file := d.attemptFile(d.here)
	os.MkdirAll(filepath.Dir(file), 0o777)
	if os.WriteFile(file, append(b, '\n'), 0o666) != nil || d.remote == nil {
		return nil // a disk that is full has more to say when rows are to be written
	}
	return d.remote.bucket.Put(ctx, file, path.Join(recordsFolder, d.here.name))
}

// end removes attempts. One that stays makes the next worker careful, and the finisher removes it.
func (d *doing) end(ctx context.Context, list ...Attempt) {
	for _, a := range list {
		if a.name == "" {
			continue
		}
		os.Remove(d.attemptFile(a))
		if d.remote != nil {
			d.remote.bucket.Delete(context.WithoutCancel(ctx), path.Join(recordsFolder, a.name))
		}
	}
	d.here.name = ""
}

// died says what is known of the workers that did not end a chunk.
func died(list []Attempt) string {
	last := list[len(list)-1]
	text := fmt.Sprintf("%d workers have begun it and have not ended it, the last one process %d on %s", len(list), last.PID, last.Host)
	if len(list) == 1 {
		text = fmt.Sprintf("a worker has begun it and has not ended it, process %d on %s", last.PID, last.Host)
	}
	for _, a := range slices.Backward(list) {
		if a.one() {
			return text + fmt.Sprintf("; %q was in hand", dataset.Unescape(a.Path))
		}
	}
	if last.To > 0 {
		text += fmt.Sprintf("; the samples %d to %d were in hand, from %q on", last.From+1, last.To, dataset.Unescape(last.Path))
	}
	return text
}
