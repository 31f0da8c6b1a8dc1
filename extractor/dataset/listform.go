package dataset

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csv reads a table whose first line names its columns, in any case. Where it has blanks beside
// commas, so may the others: they are no part of what is written.
func (l *list) csv(ctx context.Context, r *bufio.Reader) error {
	begin, _ := r.Peek(4096)
	first, _, _ := bytes.Cut(begin, []byte("\n"))
	blanks := slices.ContainsFunc([]string{", ", ",\t", " ,"}, func(s string) bool { return bytes.Contains(first, []byte(s)) })
	c := csv.NewReader(r)
	c.ReuseRecord, c.TrimLeadingSpace = true, blanks
	head, err := c.Read()
	if err != nil && err != io.EOF {
		return err
	}
	columns, err := columnsOf(head)
	if err != nil {
		return err
	}
	for {
		row, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var cells [len(columns)]string
		for i, at := range columns {
			if at >= 0 {
				cells[i] = row[at]
			}
			if blanks {
				cells[i] = strings.TrimSpace(cells[i])
			}
		}
		line, _ := c.FieldPos(0)
		if err := l.add(ctx, entry{fmt.Sprintf("line %d", line), cells[0], cells[1], cells[2]}); err != nil {
			return err
		}
	}
}

// columnsOf is where path, label and split are in a head, −1 for those that it lacks.
func columnsOf(head []string) (at [3]int, err error) {
	for i, name := range []string{"path", "label", "split"} {
		at[i] = slices.IndexFunc(head, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), name) })
	}
	if at[0] < 0 {
		return at, fmt.Errorf("line 1 must name the columns path, label and split (the last two may be missing), not %q", strings.Join(head, ","))
	}
	return at, nil
}

// A listEntry is a line of jsonl or an item of an array.
type listEntry struct {
	Path, Split string
	Label       listLabel
}

// A listLabel is a text or a number, as csv has both.
type listLabel string

// UnmarshalJSON takes a number as it is written.
func (l *listLabel) UnmarshalJSON(b []byte) error {
	switch c := b[0]; {
	case c == '"':
		return json.Unmarshal(b, (*string)(l))
	case c == '-' || c >= '0' && c <= '9':
		*l = listLabel(b)
	case string(b) != "null":
		return fmt.Errorf("the label is %s, not a string", b)
	}
	return nil
}

// object reads one. JSON must be UTF-8, paths need not be.
func object(text []byte) (o listEntry, err error) {
	if !utf8.Valid(text) {
		text = []byte(Escape(string(text)))
	}
	err = json.Unmarshal(text, &o)
	return o, err
}

func (o listEntry) entry(where string) entry { return entry{where, o.Path, string(o.Label), o.Split} }

func (l *list) jsonl(ctx context.Context, r *bufio.Reader) error {
	for line := 1; ; line++ {
		text, end := r.ReadBytes('\n')
		if end != nil && end != io.EOF {
			return end
		}
		if len(bytes.TrimSpace(text)) > 0 {
			where := fmt.Sprintf("line %d", line)
			o, err := object(text)
			if err != nil {
				return fmt.Errorf("%s: %w", where, err)
			}
			if err := l.add(ctx, o.entry(where)); err != nil {
				return err
			}
		}
		if end == io.EOF {
			return nil
		}
	}
}

// json reads an array of objects.
func (l *list) json(ctx context.Context, r io.Reader) error {
	d := json.NewDecoder(r)
	if _, err := d.Token(); err != nil {
		return err
	}
	for i := 1; d.More(); i++ {
		where := fmt.Sprintf("item %d", i)
		var text json.RawMessage
		err := d.Decode(&text)
		var o listEntry
		if err == nil {
			o, err = object(text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if err := l.add(ctx, o.entry(where)); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("the array does not end: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the array")
	}
	return nil
}
