package train

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"graft/extractor/dataset"
)

// A DataError says why no head can be trained on some data, or judged on it.
type DataError struct{ Reason, Advice string }

// Error is the reason.
func (e *DataError) Error() string { return e.Reason }

// Hint is what to do.
func (e *DataError) Hint() string { return e.Advice }

const adviceFolders = "put each class's images into a folder of its own, or name a list of files with labels"

// trainable says why no head can be trained on the data, whatever its features.
func trainable(d *dataset.Dataset) error {
	var labels []string
	for _, n := range d.Labels("") {
		labels = append(labels, n.Name)
	}
	switch {
	case len(d.Empty) > 0:
		return &DataError{"no images for the class " + strings.Join(d.Empty, ", "), "put images into its folder, or remove the folder"}
	case len(labels) == 1 && labels[0] == "":
		return &DataError{fmt.Sprintf("%q has no folder for each class", d.Root), adviceFolders}
	case len(labels) == 1 && isFolder(filepath.Join(d.Root, labels[0], "train")):
		return &DataError{fmt.Sprintf("%q holds one folder, %q, which would be the only class", d.Root, labels[0]),
			"name the folder in it: " + filepath.Join(d.Root, labels[0])}
	case len(labels) == 1:
		return &DataError{fmt.Sprintf("%q has one class only, %q; there must be two or more", d.Root, labels[0]),
			"name the folder that holds a folder for each class"}
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
