package ingest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"graft/extractor/features"
	"graft/extractor/trunk"
)

// Contents is what lies in a cache. It marshals to JSON; the names of the fields
// are kept stable.
type Contents struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	Parts []Part `json:"parts"`
}

// A Part is one folder of the cache; see [trunk.Cache].
type Part struct {
	Name  string `json:"name"` // trunks, features, buckets, thumbnails, onnxruntime or downloads
	Bytes int64  `json:"bytes"`
	Items []Item `json:"items"`
}

// An Item is one trunk, folder of features, library or download.
type Item struct {
	Path     string    `json:"path"`
	Bytes    int64     `json:"bytes"`
	Modified time.Time `json:"modified"` // of the newest file in it
	About    string    `json:"about"`
}

// Parts are the folders of a cache.
var Parts = []string{"trunks", "features", "buckets", "thumbnails", "onnxruntime", "downloads"}

// ReadCache looks into a cache. A folder that is not there is left out.
func ReadCache(c trunk.Cache) (*Contents, error) {
	root, err := c.Path()
	if err != nil {
		return nil, err
	}
	contents := &Contents{Path: filepath.ToSlash(root), Parts: []Part{}}
	for _, name := range Parts {
		entries, err := os.ReadDir(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the cache: %w", err)
		}
		part := Part{Name: name, Items: []Item{}}
		for _, e := range entries {
			item := Item{Path: filepath.Join(root, name, e.Name())}
			item.Bytes, item.Modified = trunk.DiskUse(item.Path)
			item.About = about(name, item.Path)
			item.Path = filepath.ToSlash(item.Path)
			part.Items = append(part.Items, item)
			part.Bytes += item.Bytes
		}
		contents.Parts = append(contents.Parts, part)
		contents.Bytes += part.Bytes
	}
	return contents, nil
}

// about says in a line what an item of the cache is.
func about(part, path string) string {
	switch part {
	case "trunks":
		t, err := trunk.Read(path)
		if err != nil {
			return "not a trunk"
		}
		trained := "trained"
		if !t.Trained {
			trained = "untrained"
		}
		return fmt.Sprintf("%s, %s, SHA-256 %.16s…", t.Name, trained, t.SHA256)
	case "features":
		return aboutFeatures(path)
	}
	return ""
}

func aboutFeatures(path string) string {
	store, err := features.OpenExisting(path, features.Options{})
	if err != nil {
		return "not a folder of features"
	}
	defer store.Close()
	m := store.Meta()
	text := fmt.Sprintf("%d rows of %d, %s, %s", store.Len(), m.Trunk.Dim, m.Trunk.Name, m.Transform.JSON())
	if n := len(store.Problems()); n > 0 {
		text += fmt.Sprintf(", %d damaged files", n)
	}
	return text
}

// A Removed part of a cache is gone.
type Removed struct {
	Path  string
	Bytes int64
}

// Clear removes parts of a cache. Folders of features that were named lie
// elsewhere and are never touched.
func Clear(c trunk.Cache, parts []string) ([]Removed, error) {
	root, err := c.Path()
	if err != nil {
		return nil, err
	}
	var removed []Removed
	for _, name := range parts {
		path := filepath.Join(root, name)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		bytes, _ := trunk.DiskUse(path)
		if err := os.RemoveAll(path); err != nil {
			return removed, fmt.Errorf("clear the cache: %w", err)
		}
		removed = append(removed, Removed{path, bytes})
	}
	return removed, nil
}
