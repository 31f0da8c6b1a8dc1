package classify

import (
	"errors"
	"fmt"

	"graft/extractor/trunk"
	"graft/onnx"
)

// A HeadError says that a file is no head, nor a classifier.
type HeadError struct {
	Path string
	Err  error
}

// Error names the file.
func (e *HeadError) Error() string { return fmt.Sprintf("head %q: %v", e.Path, e.Err) }

// Unwrap gives the reason.
func (e *HeadError) Unwrap() error { return e.Err }

// Hint is what to do.
func (e *HeadError) Hint() string {
	return "name a head or a classifier that graft wrote; if this was one, it is damaged: take another copy of it"
}

// A DamagedError says that a head or a classifier cannot be used as it is: a
// part of it is missing, or does not fit the others.
type DamagedError struct {
	Kind string // onnx.KindHead or onnx.KindClassifier
	Path string
	Err  error
}

// Error names the file.
func (e *DamagedError) Error() string { return fmt.Sprintf("%s %q: %v", e.Kind, e.Path, e.Err) }

// Unwrap gives the reason.
func (e *DamagedError) Unwrap() error { return e.Err }

// Hint is what to do.
func (e *DamagedError) Hint() string {
	if e.Kind == onnx.KindClassifier {
		return "take another copy of it, or export its head again"
	}
	return "take another copy of it, or train it again"
}

// A TrunkError says that a head's trunk could not be had.
type TrunkError struct {
	Head    string // path
	Missing *trunk.MissingError
}

// Error names both.
func (e *TrunkError) Error() string {
	return fmt.Sprintf("head %q was trained on %v", e.Head, e.Missing)
}

// Unwrap gives what was missing.
func (e *TrunkError) Unwrap() error { return e.Missing }

// Hint is what to do.
func (e *TrunkError) Hint() string {
	if e.Missing.Path != "" {
		return "name the trunk that the head was trained on, or train another head"
	}
	return "put the trunk's file there, whatever its name, or name it"
}

// Missing makes a [*TrunkError] of an error that says that the trunk of the head
// at path is missing; other errors stay as they are.
func Missing(path string, err error) error {
	var missing *trunk.MissingError
	if errors.As(err, &missing) {
		return &TrunkError{path, missing}
	}
	return err
}
