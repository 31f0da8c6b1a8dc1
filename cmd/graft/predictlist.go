package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"graft/extractor/dataset"
)

// partSize is how many paths are under way at once.
const partSize = 4096

// listedParts reads paths, each ended by a new line or NUL, and gives them in
// parts, so that memory does not grow with the list. A part is what has come
// so far: whoever writes the paths slowly gets their labels at once.
func listedParts(ctx context.Context, r io.Reader, null bool, o dataset.Options) iter.Seq2[*dataset.Dataset, error] {
	return func(yield func(*dataset.Dataset, error) bool) {
		lines, failed := make(chan string, partSize), make(chan error, 1)
		go func() { // ends with its input, or with the process: reading cannot be called off
			defer close(lines)
			failed <- readPaths(ctx, r, null, lines)
		}()
		for {
			part, err := nextPart(ctx, lines)
			if err == nil && len(part) == 0 {
				if err = <-failed; err == nil {
					return
				}
			}
			if !yield(dataset.Files(part, o), err) || err != nil {
				return
			}
		}
	}
}

// nextPart waits for a path, and takes those that have come with it. It is
// empty at the end.
func nextPart(ctx context.Context, lines <-chan string) (part []string, err error) {
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case line, ok := <-lines:
		for ok {
			if part = append(part, line); len(part) == partSize {
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

// readPaths sends the paths in r; empty ones are left out.
func readPaths(ctx context.Context, r io.Reader, null bool, lines chan<- string) error {
	scanner := bufio.NewScanner(r)
	if null {
		scanner.Split(splitNull)
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
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return withHint(errors.New("read the paths from standard input: a line of more than 64 kB is no path"), "--null reads what \"find -print0\" writes")
	} else if err != nil {
		return fmt.Errorf("read the paths from standard input: %w", err)
	}
	return nil
}

// splitNull is bufio.ScanLines for lines that end in NUL.
func splitNull(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := slices.Index(data, 0); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}
