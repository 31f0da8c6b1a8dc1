package train

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"graft/extractor/dataset"
)

// A DataError says why no head can be trained on some data, or judged on it.
type DataError struct{ Reason, Advice string }

// Error is the reason.
func (e *DataError) Error() string { return e.Reason }

// Hint is what to do.
func (e *DataError) Hint() string { return e.Advice }

// An EmptyError is the [*DataError] of classes without images.
type EmptyError struct{ *DataError }

// Unwrap gives it.
func (e EmptyError) Unwrap() error { return e.DataError }

const adviceFolders = "put each class's images into a folder of its own, or name a list of files with labels"

// trainable says why no head can be trained on the data, whatever its features.
func trainable(d *dataset.Dataset) error {
	var labels []string
	for _, n := range d.Labels("") {
		labels = append(labels, n.Name)
	}
	one := len(labels) == 1
	switch {
	case d.LikeSplits():
		return likeSplits(d)
	case len(d.Empty) > 0:
		return empty(d)
	case one && labels[0] == "":
		return noLabels(d)
	case one && d.List != "":
		return &DataError{fmt.Sprintf("the list %q has one class only, %q; there must be two or more", d.List, labels[0]), ""}
	case one && holdsSplits(d, labels[0]):
		return &DataError{fmt.Sprintf("%q holds one folder, %q, which would be the only class", d.Root, labels[0]),
			"name the folder in it: " + filepath.Join(d.Root, labels[0])}
	case one:
		return &DataError{fmt.Sprintf("%q has one class only, %q; there must be two or more", d.Root, labels[0]),
			"name the folder that holds a folder for each class"}
	}
	return nil
}

// empty names the classes without images, and what is in their folders instead.
func empty(d *dataset.Dataset) error {
	var classes []string
	for i, folder := range d.Empty {
		if kinds := d.InEmpty(i); kinds != "" {
			folder += " (not read: " + kinds + ")"
		}
		classes = append(classes, folder)
	}
	return EmptyError{&DataError{"no images for the class " + strings.Join(classes, ", "), "put images into its folder, or remove the folder"}}
}

// noLabels says why no image has a label.
func noLabels(d *dataset.Dataset) error {
	switch {
	case d.List != "":
		return &DataError{fmt.Sprintf("the list %q has no labels", d.List), "its first line, or each of its objects, must name the label beside the path"}
	case len(d.Beside) > 0:
		return &DataError{fmt.Sprintf("the folder train of %q, a split, has no folder for each class", d.Root),
			fmt.Sprintf("if it is a class as %q is, call it otherwise; else put each class's images into a folder of its own in it", d.Beside[0])}
	}
	return &DataError{fmt.Sprintf("%q has no folder for each class", d.Root), adviceFolders}
}

// likeSplits says that the classes are none.
func likeSplits(d *dataset.Dataset) error {
	names := make([]string, len(d.Classes))
	for i, c := range d.Classes {
		names[i] = fmt.Sprintf("%q", c)
	}
	reason := fmt.Sprintf("the classes would be %s, which look like splits", strings.Join(names, " and "))
	switch {
	case d.List != "":
		return &DataError{reason, "put them into the column split, and the classes into the column label"}
	case len(d.Splits) > 0:
		folder := classFolder(d.Samples[0])
		return &DataError{reason, fmt.Sprintf("the folders lie one too deep: move what is in %q up into %q, or name %s", folder, path.Dir(folder), filepath.Join(d.Root, folder))}
	}
	return &DataError{reason, "call these folders train, val and test, with a folder for each class in them"}
}

// classFolder is the folder of a sample's class in that of its split.
func classFolder(s dataset.Sample) string {
	parts := strings.Split(path.Dir(s.Path), "/")
	for i := 1; i < len(parts); i++ {
		if dataset.Label(parts[i]) == s.Label && dataset.SplitOf(parts[i-1]) == s.Split {
			return path.Join(parts[:i+1]...)
		}
	}
	return path.Dir(s.Path)
}

// holdsSplits reports whether the folder of a class holds folders that mean splits.
func holdsSplits(d *dataset.Dataset, label string) bool {
	entries, err := os.ReadDir(filepath.Join(d.Root, label))
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.IsDir() && dataset.SplitOf(e.Name()) != "" })
}
