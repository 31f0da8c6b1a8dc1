// Package exchange reads labels that were given in other tools, and finds the photographs that they mean.
//
// [Read] reads the exports of Label Studio (JSON, JSON-MIN and CSV) and tables with a
// path and a label; [Match] finds the photographs.
package exchange

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"graft/extractor/dataset"
)

// A Pair is a photograph, as the other tool calls it, and its label.
type Pair struct{ Path, Label string }

// A FormatError says that a file is no export that is read here.
type FormatError struct {
	Path string
	Err  error
}

// Error names the file.
func (e *FormatError) Error() string { return fmt.Sprintf("labels %q: %v", e.Path, e.Err) }

// Unwrap gives the cause.
func (e *FormatError) Unwrap() error { return e.Err }

// Read reads a file of labels. Photographs without one are left out; one with several classes, or in a task
// with several annotations that differ, is an error that says which.
func Read(file string) ([]Pair, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	var list []Pair
	if begin := bytes.TrimSpace(text); bytes.HasPrefix(begin, []byte("[")) {
		list, err = readJSON(begin)
	} else {
		list, err = readCSV(text)
	}
	if err == nil && len(list) == 0 {
		err = errors.New("it has no labels")
	}
	if err != nil {
		return nil, &FormatError{file, err}
	}
	return list, nil
}

// A task is one of Label Studio's: data and annotations in JSON, everything side by
// side in JSON-MIN.
type task struct {
	Data        map[string]any `json:"data"`
	Annotations []struct {
		Cancelled bool `json:"was_cancelled"`
		Result    []struct {
			Type  string `json:"type"`
			Value struct {
				Choices []string `json:"choices"`
			} `json:"value"`
		} `json:"result"`
	} `json:"annotations"`
}

func readJSON(text []byte) (list []Pair, err error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	for n, r := range raw {
		var t task
		var flat map[string]any
		if err := errors.Join(json.Unmarshal(r, &flat), json.Unmarshal(r, &t)); err != nil {
			return nil, fmt.Errorf("item %d: %w", n+1, err)
		}
		var p Pair
		if t.Data != nil {
			p, err = t.pair()
		} else {
			p, err = flatPair(flat)
		}
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", n+1, err)
		}
		if p.Label != "" {
			list = append(list, p)
		}
	}
	return list, nil
}

func (t task) pair() (p Pair, err error) {
	if p.Path = pathIn(t.Data); p.Path == "" {
		return p, errors.New("its data name no photograph")
	}
	for _, a := range t.Annotations {
		for _, r := range a.Result {
			if a.Cancelled || r.Type != "choices" || len(r.Value.Choices) == 0 {
				continue
			}
			if err := p.take(r.Value.Choices); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// take takes classes that were chosen.
func (p *Pair) take(choices []string) error {
	for _, c := range choices {
		if p.Label != "" && p.Label != c {
			return fmt.Errorf("%q has the classes %q and %q; it takes one", p.Path, p.Label, c)
		}
		p.Label = c
	}
	return nil
}

// pathIn is the photograph in a task's data: the field image, path or file, or the only one that ends as one.
func pathIn(data map[string]any) string {
	for _, name := range []string{"image", "path", "file", "filename", "file_upload", "img", "url"} {
		if s, ok := data[name].(string); ok && s != "" {
			return s
		}
	}
	found := ""
	for _, v := range data {
		if s, ok := v.(string); ok && dataset.IsImage(s) {
			if found != "" {
				return ""
			}
			found = s
		}
	}
	return found
}

// labelFields are what columns and fields with the class are called.
var labelFields = []string{"label", "choice", "class", "choices", "category"}

func flatPair(flat map[string]any) (p Pair, err error) {
	if p.Path = pathIn(flat); p.Path == "" {
		return p, errors.New("it names no photograph")
	}
	for _, name := range labelFields {
		switch v := flat[name].(type) {
		case string:
			return p, p.take([]string{v})
		case map[string]any: // several choices
			var all []string
			list, _ := v["choices"].([]any)
			for _, c := range list {
				all = append(all, fmt.Sprint(c))
			}
			return p, p.take(all)
		}
	}
	return p, nil
}

func readCSV(text []byte) (list []Pair, err error) {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("it is empty")
	}
	column := func(names ...string) int {
		for _, n := range names {
			if i := slices.IndexFunc(rows[0], func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), n) }); i >= 0 {
				return i
			}
		}
		return -1
	}
	photo, label := column("image", "path", "file", "filename", "img", "url"), column(labelFields...)
	if photo < 0 || label < 0 {
		return nil, fmt.Errorf("line 1 must name a column path or image, and one label or choice, not %q", strings.Join(rows[0], ","))
	}
	for n, row := range rows[1:] {
		p := Pair{Path: row[photo]}
		value := strings.TrimSpace(row[label])
		var several struct {
			Choices []string `json:"choices"`
		}
		if json.Unmarshal([]byte(value), &several) == nil && several.Choices != nil {
			err = p.take(several.Choices)
		} else {
			p.Label = value
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+2, err)
		}
		if p.Label != "" && p.Path != "" {
			list = append(list, p)
		}
	}
	return list, nil
}
