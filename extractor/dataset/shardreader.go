package dataset

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"unicode"
)

// ShardReader gives the photographs in a tar shard of a WebDataset, which is read once from front
// to back. Entries that lie together and have the same name up to the first dot of its last part
// are one sample: an image (.jpg, .png, …) beside its class (.cls, .label or .txt with it, or .json
// with it as cls, class or label). The split is the one that a word of the shard's name means, as
// in birds-train-000017.tar, or split of the .json. What is neither is left out.
//
// A sample's path is that of the shard, a slash, and the image's in it. Each is given with its file.
type ShardReader struct {
	Name  string // of the shard, below the data's root
	Limit int64  // larger files are not read, and given as nil; 0 = 256 MiB
	Left  int    // entries that belong to no image, when Samples has ended
}

// A Shown sample is one of a shard with its file; nil if the file is too large.
type Shown struct {
	Sample
	File []byte
}

// Samples gives the samples in r. An error ends them.
func (s *ShardReader) Samples(r io.Reader) iter.Seq2[Shown, error] {
	return func(yield func(Shown, error) bool) {
		g := &group{reader: s, split: splitOfShard(s.Name)}
		t := tar.NewReader(r)
		for n := 0; ; n++ {
			h, err := t.Next()
			if err == io.EOF {
				break
			}
			if err == nil && h.Typeflag == tar.TypeReg && !hidden(path.Base(h.Name)) {
				if key := keyOf(h.Name); key != g.key {
					if !g.flush(yield) {
						return
					}
					g.key = key
				}
				err = g.add(h, t)
			}
			if err != nil {
				yield(Shown{}, fmt.Errorf("shard %q: entry %d: %w", s.Name, n, err))
				return
			}
		}
		g.flush(yield)
	}
}

// keyOf is what the entries of one sample have in common.
func keyOf(name string) string {
	dir, base := path.Split(path.Clean(name))
	key, _, _ := strings.Cut(base, ".")
	return dir + key
}

// splitOfShard is the split that a word of a shard's path means.
func splitOfShard(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, w := range slices.Backward(words) {
		if split := SplitOf(w); split != "" {
			return split
		}
	}
	return ""
}

// A group is the entries of one sample, as far as they have come.
type group struct {
	reader       *ShardReader
	split        string // of the shard
	key          string
	images       []Shown
	label, named string // of .cls and its like; the split of .json
}

// add takes an entry.
func (g *group) add(h *tar.Header, r io.Reader) error {
	limit := g.reader.Limit
	if limit == 0 {
		limit = defaultMaxBytes
	}
	ext := extension(h.Name)
	switch {
	case kindOf(h.Name) == imageKind:
		shown := Shown{Sample: Sample{Path: path.Join(g.reader.Name, path.Clean(h.Name)), Bytes: h.Size, ModTime: h.ModTime}}
		if h.Size <= limit {
			var err error
			if shown.File, err = io.ReadAll(r); err != nil {
				return err
			}
		}
		g.images = append(g.images, shown)
	case slices.Contains([]string{".cls", ".label", ".txt", ".json"}, ext):
		const most = 1 << 20
		text, err := io.ReadAll(io.LimitReader(r, most))
		if err != nil {
			return err
		}
		return g.describe(ext, text)
	default:
		g.reader.Left++
	}
	return nil
}

// describe takes what an entry says of the sample. The class of .cls goes before all others.
func (g *group) describe(ext string, text []byte) error {
	if ext != ".json" {
		if label := string(bytes.TrimSpace(text)); ext == ".cls" || g.label == "" {
			g.label = label
		}
		return nil
	}
	var said struct {
		Cls, Class, Label listLabel
		Split             string
	}
	if !json.Valid(text) {
		return errors.New("its .json is none")
	}
	if json.Unmarshal(text, &said) != nil {
		return nil // it speaks of other things
	}
	g.named = SplitOf(said.Split)
	for _, label := range []listLabel{said.Cls, said.Class, said.Label} {
		if g.label == "" {
			g.label = string(label)
		}
	}
	return nil
}

// flush gives the images of the sample.
func (g *group) flush(yield func(Shown, error) bool) bool {
	images := g.images
	for _, s := range images {
		s.Label, s.Split = Label(g.label), g.split
		if g.named != "" {
			s.Split = g.named
		}
		if !yield(s, nil) {
			return false
		}
	}
	if len(images) == 0 && g.label != "" {
		g.reader.Left++
	}
	g.images, g.label, g.named = nil, "", ""
	return true
}
