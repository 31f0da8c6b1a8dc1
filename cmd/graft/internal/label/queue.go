package label

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os/exec"
	"runtime"

	"graft/cmd/graft/internal/label/exchange"
	"graft/cmd/graft/internal/label/session"
	"graft/extractor/durable"
)

// WriteQueue writes the next photographs to ask for as csv, when all features are there:
// path,suggestion,probability,test. It returns how many.
func WriteQueue(ctx context.Context, s *session.Session, n int, out string) (int, error) {
	if err := s.Settled(ctx); err != nil {
		return 0, err
	}
	if err := s.Trouble(); err != nil {
		return 0, err
	}
	state := s.State()
	ids := state.Questions[:min(n, len(state.Questions))]
	names := map[int]string{-1: ""}
	for _, c := range state.Classes {
		names[c.ID] = c.Name
	}
	_, items := s.Items(ids)
	return len(items), durable.Write(out, func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write([]string{"path", "suggestion", "probability", "test"}) // Flush has the error
		for _, i := range items {
			p := ""
			if i.Guess >= 0 {
				p = fmt.Sprintf("%.6f", i.P)
			}
			c.Write([]string{i.Path, names[i.Guess], p, fmt.Sprint(i.Test)})
		}
		c.Flush()
		return c.Error()
	})
}

// Imported is what was taken of another tool's labels.
type Imported struct {
	Labels  int
	Unknown []string // photographs that were not found
}

// Import gives photographs the labels of another tool's file, in one action that can be undone.
func Import(s *session.Session, file string) (*Imported, error) {
	pairs, err := exchange.Read(file)
	if err != nil {
		return nil, err
	}
	labels, unknown, err := exchange.Match(pairs, s.Paths())
	if err != nil {
		return nil, &exchange.FormatError{Path: file, Err: err}
	}
	done, _, err := s.Label(labels)
	if err != nil {
		return nil, err
	}
	i := &Imported{Labels: len(done.IDs)}
	for _, u := range unknown {
		i.Unknown = append(i.Unknown, u.Path)
	}
	return i, nil
}

// OpenBrowser opens an address in the browser of the system.
func OpenBrowser(url string) error {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // it may stay
	return nil
}
