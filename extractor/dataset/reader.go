package dataset

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
)

// PartSize is how many paths FromReader gives at once at most.
const PartSize = 4096

// ErrLongPath is in the error of FromReader for a path of more than 64 kB, which is none: the
// paths are separated otherwise.
var ErrLongPath = errors.New("a line of more than 64 kB is no path")

// FromReader reads paths, each ended by sep, a new line (before which a carriage return does not
// count) or a NUL, and gives them in parts, so that memory does not grow with their number. Empty
// paths are left out. A part is what has come so far, PartSize paths at most: whoever writes the
// paths slowly gets their photographs at once. The paths are taken as by Files.
//
// Reading cannot be called off: a goroutine that waits for r ends with r, or with the process.
func FromReader(ctx context.Context, r io.Reader, sep byte, o Options) iter.Seq2[*Dataset, error] {
	return func(yield func(*Dataset, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		lines, failed := make(chan string, PartSize), make(chan error, 1)
		go func() {
			defer close(lines)
			failed <- readPaths(ctx, r, sep, lines)
		}()
		for {
			part, err := nextPart(ctx, lines)
			if err == nil && len(part) == 0 {
				if err = <-failed; err == nil {
					return
				}
			}
			if !yield(Files(part, o), err) || err != nil {
				return
			}
		}
	}
}

// nextPart waits for a path, and takes those that have come with it. It is empty at the end.
func nextPart(ctx context.Context, lines <-chan string) (part []string, err error) {
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case line, ok := <-lines:
		for ok {
			if part = append(part, line); len(part) == PartSize {
				return part, nil
			}
			select {
			case line, ok = <-lines:
			default:
				return part, nil
			}
		}
	}
	return part, nil
}

// readPaths sends the paths in r.
func readPaths(ctx context.Context, r io.Reader, sep byte, lines chan<- string) error {
	scanner := bufio.NewScanner(r)
	if sep != '\n' {
		scanner.Split(splitAt(sep))
	}
	for scanner.Scan() {
		if scanner.Text() == "" {
			continue
		}
		select {
		case lines <- scanner.Text():
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	err := scanner.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = ErrLongPath
	}
	if err != nil {
		return fmt.Errorf("read the paths: %w", err)
	}
	return nil
}

// splitAt is bufio.ScanLines for lines that end in sep.
func splitAt(sep byte) bufio.SplitFunc {
	return func(data []byte, atEOF bool) (advance int, token []byte, err error) {
		if i := slices.Index(data, sep); i >= 0 {
			return i + 1, data[:i], nil
		}
		if atEOF && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	}
}
