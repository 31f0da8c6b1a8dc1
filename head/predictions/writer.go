package predictions

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"graft/extractor/dataset"
	"graft/extractor/features/export"
)

// A Writer writes predictions, one after the other.
type Writer interface {
	Write(p *Prediction) error
	// Close writes what is still missing, a footer say. It does not close what is written to.
	Close() error
}

// Columns are the columns of a table. Formats of JSON take what the predictions have.
type Columns struct {
	Top   int  // number of the most probable labels; 0 and 1 have no column beside label
	Guess bool // a column for Guess
}

// names are the names of the columns.
func (c Columns) names() []string {
	names := []string{"path", "label", "probability"}
	if c.Guess {
		names = append(names, "guess")
	}
	for i := 2; i <= c.Top; i++ {
		names = append(names, fmt.Sprintf("label%d", i), fmt.Sprintf("probability%d", i))
	}
	return names
}

// others are the scores for the columns from label2 on.
func (c Columns) others(p *Prediction) ([]Score, error) {
	if c.Top < 2 {
		return nil, nil
	}
	if len(p.Top) < c.Top {
		return nil, fmt.Errorf("predictions: %q has %d scores for a table of %d", p.Path, len(p.Top), c.Top)
	}
	return p.Top[1:c.Top], nil
}

// NewWriter writes to w in one of [Formats]; another is a [*FormatError]. Columns are those of the
// tables:
//
//	csv      path,label,probability[,guess][,label2,probability2…]   a header, then a line each (RFC 4180);
//	         probabilities have six decimals
//	tsv      the same, with tabs
//	jsonl    {"path":…,"label":…,"probability":…[,"guess":…][,"top":[{"label":…,"probability":…}…]]}, a line each
//	json     one array of these objects
//	parquet  the columns of csv; texts are strings, probabilities doubles
//
// csv.gz, csv.zst and the like are the same, compressed; ndjson is jsonl.
//
// Paths that are not UTF-8 are escaped, as in the samples table of features: see dataset.Escape.
// A line is written at once, so that a reader at the other end of a pipe sees it; Parquet is
// written in groups of 8192 rows, and compression takes its time. A prediction that is none, since a
// probability is not finite, is an error, and nothing of it is written.
func NewWriter(format string, w io.Writer, c Columns) (Writer, error) {
	name, compression, _ := strings.Cut(format, ".")
	known := Compressed(name, compression)
	if known == "" {
		return nil, &FormatError{format}
	}
	out, err := export.Compress(w, compression)
	if err != nil {
		return nil, err
	}
	name, _, _ = strings.Cut(known, ".")
	table, err := newTable(name, out, c)
	if err != nil {
		return nil, err
	}
	return &guarded{table, out}, nil
}

// newTable writes one of Formats, not compressed.
func newTable(format string, w io.Writer, c Columns) (Writer, error) {
	switch format {
	case "csv", "tsv":
		t := &textTable{Writer: csv.NewWriter(w), columns: c}
		if format == "tsv" {
			t.Comma = '\t'
		}
		return t, nil
	case "jsonl":
		return jsonLines{json.NewEncoder(w)}, nil
	case "json":
		return &jsonArray{w: w}, nil
	}
	return newParquet(w, c)
}

// guarded keeps out what no format can hold, and ends the compression.
type guarded struct {
	Writer
	compression io.Closer
}

func (g *guarded) Write(p *Prediction) error {
	scores := append([]Score{{p.Label, p.Probability}}, p.Top...)
	for _, s := range scores {
		if math.IsNaN(s.Probability) || math.IsInf(s.Probability, 0) {
			return fmt.Errorf("predictions: the probability of %q for %q is %v", s.Label, p.Path, s.Probability)
		}
	}
	return g.Writer.Write(p)
}

func (g *guarded) Close() error {
	if err := g.Writer.Close(); err != nil {
		return err
	}
	return g.compression.Close()
}

// escaped makes any bytes valid UTF-8.
func escaped(s string) string { return dataset.Escape(s) }

// textTable writes csv, or with another comma tsv.
type textTable struct {
	*csv.Writer
	columns Columns
	begun   bool // the header is written
}

func (t *textTable) Write(p *Prediction) error {
	others, err := t.columns.others(p)
	if err != nil {
		return err
	}
	if err := t.begin(); err != nil {
		return err
	}
	line := []string{escaped(p.Path), p.Label, sixDecimals(p.Probability)}
	if t.columns.Guess {
		line = append(line, p.Guess)
	}
	for _, s := range others {
		line = append(line, s.Label, sixDecimals(s.Probability))
	}
	return t.line(line)
}

func (t *textTable) begin() error {
	if t.begun {
		return nil
	}
	t.begun = true
	return t.line(t.columns.names())
}

func (t *textTable) Close() error { return t.begin() }

func (t *textTable) line(cells []string) error {
	if err := t.Writer.Write(cells); err != nil {
		return err
	}
	t.Flush()
	return t.Error()
}

func sixDecimals(p float64) string { return strconv.FormatFloat(p, 'f', 6, 64) }

// jsonLines writes jsonl.
type jsonLines struct{ *json.Encoder }

func (l jsonLines) Write(p *Prediction) error {
	line := *p
	line.Path = escaped(p.Path)
	return l.Encode(line)
}

func (l jsonLines) Close() error { return nil }

// jsonArray writes json, an object a line.
type jsonArray struct {
	w     io.Writer
	begun bool
}

func (a *jsonArray) Write(p *Prediction) error {
	object := *p
	object.Path = escaped(p.Path)
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	before := ",\n"
	if !a.begun {
		before = "[\n"
	}
	a.begun = true
	_, err = io.WriteString(a.w, before+string(text))
	return err
}

func (a *jsonArray) Close() error {
	end := "\n]\n"
	if !a.begun {
		end = "[]\n"
	}
	_, err := io.WriteString(a.w, end)
	return err
}
