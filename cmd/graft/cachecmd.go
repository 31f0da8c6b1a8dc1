package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"graft/extractor/features"
)

func cacheCommand() *cli.Command {
	return &cli.Command{
		Name:        "cache",
		Usage:       "show and clear the cache: features, trunks, libraries",
		Description: "Example: graft cache info",
		Action:      groupAction,
		Subcommands: []*cli.Command{
			{
				Name: "info", Usage: "show what lies where, how big and how old",
				Description: "Example: graft cache info",
				Flags:       []cli.Flag{jsonFlag()},
				Action:      cacheInfo,
			},
			{
				Name: "clear", Usage: "remove parts of the cache, without asking",
				Description: "Everything in the cache can be made again. Folders named with --features lie elsewhere and\n" +
					"are never touched.\n\nExample: graft cache clear --features",
				Flags: []cli.Flag{
					&cli.BoolFlag{Name: "features", Usage: "remove features, and what check measured"},
					&cli.BoolFlag{Name: "trunks", Usage: "remove trunks, and unfinished downloads of them"},
					&cli.BoolFlag{Name: "all", Usage: "remove everything, ONNX Runtime too"},
				},
				Action: cacheClear,
			},
		},
	}
}

// cacheContents is what lies in the cache. It marshals to JSON; the names of
// the fields are kept stable.
type cacheContents struct {
	Path  string      `json:"path"`
	Bytes int64       `json:"bytes"`
	Parts []cachePart `json:"parts"`
}

// cachePart is one folder of the cache; see cache.go.
type cachePart struct {
	Name  string      `json:"name"` // trunks, features, onnxruntime or downloads
	Bytes int64       `json:"bytes"`
	Items []cacheItem `json:"items"`
}

type cacheItem struct {
	Path     string    `json:"path"`
	Bytes    int64     `json:"bytes"`
	Modified time.Time `json:"modified"` // of the newest file in it
	About    string    `json:"about"`
}

// cacheParts are the folders of the cache, and which flag of clear removes them.
var cacheParts = []struct{ name, flag string }{
	{"trunks", "trunks"}, {"features", "features"}, {"onnxruntime", "all"}, {"downloads", "trunks"},
}

// readCache looks into the cache. A folder that is not there is left out.
func readCache() (*cacheContents, error) {
	root, err := cachePath()
	if err != nil {
		return nil, err
	}
	contents := &cacheContents{Path: root, Parts: []cachePart{}}
	for _, p := range cacheParts {
		entries, err := os.ReadDir(filepath.Join(root, p.name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the cache: %w", err)
		}
		part := cachePart{Name: p.name, Items: []cacheItem{}}
		for _, e := range entries {
			item := cacheItem{Path: filepath.Join(root, p.name, e.Name())}
			item.Bytes, item.Modified = measureFiles(item.Path)
			item.About = aboutCached(p.name, item.Path)
			part.Items = append(part.Items, item)
			part.Bytes += item.Bytes
		}
		contents.Parts = append(contents.Parts, part)
		contents.Bytes += part.Bytes
	}
	return contents, nil
}

// measureFiles gives the size of all files at or below path, and the newest
// time. What cannot be read counts nothing.
func measureFiles(path string) (bytes int64, newest time.Time) {
	filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		bytes += info.Size()
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return nil
	})
	return bytes, newest
}

// aboutCached says in a line what an item of the cache is.
func aboutCached(part, path string) string {
	switch part {
	case "trunks":
		t, err := readTrunk(path)
		if err != nil {
			return "not a trunk"
		}
		return fmt.Sprintf("%s, %s, SHA-256 %.16s…", t.Name, trainedOrNot(t.Trained), t.sha256)
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
	t := store.Meta().Trunk
	return fmt.Sprintf("%d rows of %d, %s, %s", store.Len(), t.Dim, t.Name, store.Meta().Transform.JSON())
}

func trainedOrNot(trained bool) string {
	if trained {
		return "trained"
	}
	return "untrained"
}

func cacheInfo(c *cli.Context) error {
	if err := none(c); err != nil {
		return err
	}
	contents, err := readCache()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, contents)
	}
	printCache(c.App.Writer, contents)
	return nil
}

func printCache(w io.Writer, contents *cacheContents) {
	fmt.Fprintf(w, "%s  %s\n", contents.Path, megabytes(contents.Bytes))
	for _, p := range contents.Parts {
		fmt.Fprintf(w, "%-12s %10s\n", p.Name, megabytes(p.Bytes))
		for _, item := range p.Items {
			age := "empty"
			if !item.Modified.IsZero() {
				age = item.Modified.Format("2006-01-02 15:04")
			}
			fmt.Fprintf(w, "  %-32s %10s  %-16s  %s\n", filepath.Base(item.Path), megabytes(item.Bytes), age, item.About)
		}
	}
}

// megabytes writes a size for people.
func megabytes(bytes int64) string {
	if bytes >= 10e9 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

func cacheClear(c *cli.Context) error {
	if err := none(c); err != nil {
		return err
	}
	if !c.Bool("features") && !c.Bool("trunks") && !c.Bool("all") {
		return usagef("cache clear needs --features, --trunks or --all")
	}
	root, err := cachePath()
	if err != nil {
		return err
	}
	for _, p := range cacheParts {
		if !c.Bool(p.flag) && !c.Bool("all") {
			continue
		}
		path := filepath.Join(root, p.name)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		bytes, _ := measureFiles(path)
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("clear the cache: %w", err)
		}
		say(c.App.ErrWriter, "removed %s, %s", path, megabytes(bytes))
	}
	return nil
}
