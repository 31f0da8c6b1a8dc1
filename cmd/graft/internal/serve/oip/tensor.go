package oip

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strconv"
)

// Files gives the elements of an input of BYTES that are files. In JSON, which
// cannot hold any bytes, they are in base64.
func (in *Input) Files() ([][]byte, error) {
	if in.Datatype != Bytes {
		return nil, wrong("input %q is %s, not %s", in.Name, in.Datatype, Bytes)
	}
	if in.text == nil {
		return in.binaryFiles()
	}
	var files [][]byte
	err := in.flat(func(token json.RawMessage) error {
		file, ok := decode64(token)
		if !ok {
			return wrong("element %d of input %q is not a text in base64; files in JSON must be", len(files), in.Name)
		}
		files = append(files, file)
		return nil
	})
	return files, err
}

// decode64 reads a text of JSON in base64, padded or not, of either alphabet.
func decode64(token json.RawMessage) ([]byte, bool) {
	if len(token) < 2 || token[0] != '"' {
		return nil, false
	}
	text := []byte(token[1 : len(token)-1])
	if bytes.IndexByte(text, '\\') >= 0 { // some write / as \/
		var s string
		if json.Unmarshal(token, &s) != nil {
			return nil, false
		}
		text = []byte(s)
	}
	text = bytes.TrimRight(text, "=")
	encoding := base64.RawStdEncoding
	if bytes.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	file := make([]byte, encoding.DecodedLen(len(text)))
	n, err := encoding.Decode(file, text)
	return file[:n], err == nil
}

// binaryFiles cuts binary data into its elements.
func (in *Input) binaryFiles() (files [][]byte, err error) {
	rest := in.binary
	for len(rest) > 0 {
		if len(rest) < 4 {
			return nil, wrong("input %q ends in the middle of a length", in.Name)
		}
		n := int64(binary.LittleEndian.Uint32(rest))
		if rest = rest[4:]; n > int64(len(rest)) {
			return nil, wrong("element %d of input %q has %d bytes, and there are %d left", len(files), in.Name, n, len(rest))
		}
		if len(files) == in.Elements {
			return nil, wrong("input %q has more than the %d elements of its shape", in.Name, in.Elements)
		}
		files, rest = append(files, rest[:n:n]), rest[n:]
	}
	if len(files) != in.Elements {
		return nil, wrong("input %q has %d elements, and a shape of %d", in.Name, len(files), in.Elements)
	}
	return files, nil
}

// Uint8s gives the elements of an input of UINT8, in order.
func (in *Input) Uint8s() ([]byte, error) {
	if in.Datatype != Uint8 {
		return nil, wrong("input %q is %s, not %s", in.Name, in.Datatype, Uint8)
	}
	if in.text == nil {
		if len(in.binary) != in.Elements {
			return nil, wrong("input %q has %d bytes, and a shape of %d", in.Name, len(in.binary), in.Elements)
		}
		return in.binary, nil
	}
	values := make([]byte, 0, min(in.Elements, len(in.text)))
	err := in.flat(func(token json.RawMessage) error {
		n, err := strconv.ParseUint(string(token), 10, 8)
		if err != nil {
			f, err := strconv.ParseFloat(string(token), 64) // 1.0, 2e2
			if err != nil || f != float64(byte(max(min(f, 255), 0))) {
				return wrong("input %q has %.40s among its data; an element of %s is a whole number, 0 to 255", in.Name, token, Uint8)
			}
			n = uint64(f)
		}
		values = append(values, byte(n))
		return nil
	})
	return values, err
}

// flat calls take with every element of the data, whatever lists they are in, and
// checks that there are as many as the shape has. The text is valid JSON.
func (in *Input) flat(take func(json.RawMessage) error) error {
	text, n := in.text, 0
	if text[0] != '[' {
		return wrong("the data of input %q is no list", in.Name)
	}
	for at := 0; at < len(text); {
		switch text[at] {
		case '[', ']', ',', ' ', '\t', '\n', '\r':
			at++
			continue
		}
		end := elementEnd(text, at)
		if n == in.Elements {
			return wrong("input %q has more than the %d elements of its shape", in.Name, in.Elements)
		}
		if err := take(text[at:end]); err != nil {
			return err
		}
		at, n = end, n+1
	}
	if n != in.Elements {
		return wrong("input %q has %d elements, and a shape of %d", in.Name, n, in.Elements)
	}
	return nil
}

// elementEnd is where the element that begins at a place ends: a text at its
// quote, an object nowhere sensible, anything else at the next comma or bracket.
func elementEnd(text json.RawMessage, at int) int {
	if text[at] != '"' {
		for end := at; end < len(text); end++ {
			switch text[end] {
			case ',', ']', ' ', '\t', '\n', '\r':
				return end
			}
		}
		return len(text)
	}
	for end := at + 1; end < len(text); end++ {
		switch text[end] {
		case '\\':
			end++
		case '"':
			return end + 1
		}
	}
	return len(text)
}
