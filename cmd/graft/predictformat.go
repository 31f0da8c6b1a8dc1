package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"graft/extractor/dataset"
)

// A predictionWriter writes a line an image; end comes after the last.
type predictionWriter interface {
	write(*verdict) error
	end() error
}

func newPredictionWriter(format string, w io.Writer, columns predictionColumns) predictionWriter {
	switch format {
	case "jsonl":
		return jsonlWriter{json.NewEncoder(w)}
	case "parquet":
		return newParquetWriter(w, columns)
	}
	return &csvWriter{Writer: csv.NewWriter(w), columns: columns}
}

// predictionColumns are the columns of the tables: path, label, probability,
// guess with --min-probability, and for the next best label2, probability2 and
// so on.
type predictionColumns struct {
	k     int
	guess bool
}

func (c predictionColumns) names() []string {
	names := []string{"path", "label", "probability"}
	if c.guess {
		names = append(names, "guess")
	}
	for i := 2; i <= c.k; i++ {
		names = append(names, fmt.Sprintf("label%d", i), fmt.Sprintf("probability%d", i))
	}
	return names
}

// csvWriter writes a line at once, so that a reader at the other end of a pipe
// sees it. The first line has the names of the columns.
type csvWriter struct {
	*csv.Writer
	columns predictionColumns
	begun   bool
}

func (w *csvWriter) write(v *verdict) error {
	if err := w.begin(); err != nil {
		return err
	}
	line := []string{v.Path, v.Label, probabilityText(v.Probability)}
	if w.columns.guess {
		line = append(line, v.Guess)
	}
	for i := 1; i < w.columns.k; i++ {
		line = append(line, v.Top[i].Label, probabilityText(v.Top[i].Probability))
	}
	return w.line(line)
}

func (w *csvWriter) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	return w.line(w.columns.names())
}

func (w *csvWriter) end() error { return w.begin() }

func (w *csvWriter) line(cells []string) error {
	if err := w.Write(cells); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

func probabilityText(p float64) string { return strconv.FormatFloat(p, 'f', 6, 64) }

// jsonlWriter writes {"path", "label", "probability", "guess", "top": [...]}.
type jsonlWriter struct{ *json.Encoder }

func (w jsonlWriter) write(v *verdict) error {
	line := *v
	line.Path = dataset.Escape(v.Path)
	return w.Encode(line)
}

func (w jsonlWriter) end() error { return nil }
