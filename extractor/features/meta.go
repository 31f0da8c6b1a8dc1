package features

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"graft/extractor/pixels"
)

// Version is the version of graft.json and of the folder's layout.
const Version = 1

// Meta is graft.json: everything that decides about the bits of the features. Two folders with
// the same Meta can be merged.
type Meta struct {
	Version   int              `json:"version"`
	Trunk     Trunk            `json:"trunk"`
	Transform pixels.Transform `json:"transform"`  // how a photograph becomes pixels
	ViewsSeed uint64           `json:"views_seed"` // of the random numbers of views 1 and up
	Runtime   Runtime          `json:"runtime"`
	Rows      string           `json:"rows,omitempty"` // type of the values: "" = float32, or Float16
}

// Float16 is the type of rows that take half of the bytes: a value is the nearest of 11 bits, between
// ±65504. They are read as float32.
const Float16 = "float16"

// half reports whether rows are float16.
func (m Meta) half() bool { return m.Rows == Float16 }

// MarshalJSON gives the fields in the order of graft.json, those of the transform by name.
func (m Meta) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Version   int             `json:"version"`
		Trunk     Trunk           `json:"trunk"`
		Transform json.RawMessage `json:"transform"`
		ViewsSeed uint64          `json:"views_seed"`
		Runtime   Runtime         `json:"runtime"`
		Rows      string          `json:"rows,omitempty"`
	}{m.Version, m.Trunk, json.RawMessage(m.Transform.JSON()), m.ViewsSeed, m.Runtime, m.Rows})
}

// Trunk says which network made the features.
type Trunk struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"` // of the trunk's file, lower-case hexadecimal
	Tap     string `json:"tap"`    // the output that was taken
	Dim     int    `json:"dim"`    // d, the length of a row
	Trained bool   `json:"trained"`
}

// Runtime says what ran the trunk, as far as it changes bits; empty fields were not recorded.
type Runtime struct {
	Device    string `json:"device,omitempty"`
	Precision string `json:"precision,omitempty"`
	Library   string `json:"library,omitempty"`
	Options   string `json:"options,omitempty"` // of the device's provider
}

const maxDim = 1 << 20

// Validate says what is missing or out of range.
func (m Meta) Validate() error {
	switch {
	case m.Version != Version:
		return fmt.Errorf("format version %d; this graft reads version %d", m.Version, Version)
	case m.Trunk.Dim < 1 || m.Trunk.Dim > maxDim:
		return fmt.Errorf("rows of %d features; possible are 1 to %d", m.Trunk.Dim, maxDim)
	case len(m.Trunk.SHA256) != 2*sha256.Size:
		return fmt.Errorf("the trunk's SHA-256 is %q, not 64 hexadecimal digits", m.Trunk.SHA256)
	case m.Rows != "" && m.Rows != Float16:
		return fmt.Errorf("rows of the type %q; this graft reads float32 and float16", m.Rows)
	case m.Trunk.Tap == "":
		return errors.New("the trunk's tap is missing")
	}
	if err := m.Transform.Validate(); err != nil {
		return err
	}
	if _, err := hex.DecodeString(m.Trunk.SHA256); err != nil || strings.ToLower(m.Trunk.SHA256) != m.Trunk.SHA256 {
		return fmt.Errorf("the trunk's SHA-256 is %q, not lower-case hexadecimal", m.Trunk.SHA256)
	}
	return nil
}

// Encode returns the content of graft.json: the same bytes for the same meaning. Version 0 is
// taken as the current one.
func (m Meta) Encode() ([]byte, error) {
	if m.Version == 0 {
		m.Version = Version
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

// decodeMeta reads graft.json. A field that this version does not know is an error, since it may
// change what the features are.
func decodeMeta(b []byte) (Meta, error) {
	var version struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(b, &version); err != nil {
		return Meta{}, err
	}
	if version.Version != Version {
		return Meta{}, Meta{Version: version.Version}.Validate()
	}
	var m Meta
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Meta{}, err
	}
	return m, m.Validate()
}

// Hash names the default folder of these features: the first 32 hexadecimal digits of the SHA-256
// of graft.json. The error is that of Validate.
func (m Meta) Hash() (string, error) {
	b, err := m.Encode()
	if err != nil {
		return "", fmt.Errorf("features: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16]), nil
}

// Difference says in which fields m (wanted) and other (there) differ, both values named; "" if
// their features can be mixed. The trunk's name alone makes no difference.
func (m Meta) Difference(other Meta) string {
	var list []string
	differ := func(what, wanted, there string) {
		if wanted != there {
			list = append(list, fmt.Sprintf("%s is %s there, %s here", what, there, wanted))
		}
	}
	if m.Trunk.SHA256 != other.Trunk.SHA256 {
		differ("the trunk", m.Trunk.short(), other.Trunk.short())
	}
	differ("the tap", fmt.Sprintf("%q with %d features", m.Trunk.Tap, m.Trunk.Dim), fmt.Sprintf("%q with %d features", other.Trunk.Tap, other.Trunk.Dim))
	differ("the transform", m.Transform.JSON(), other.Transform.JSON())
	differ("the views' seed", fmt.Sprint(m.ViewsSeed), fmt.Sprint(other.ViewsSeed))
	differ("the device", fmt.Sprintf("%q", m.Runtime.Device), fmt.Sprintf("%q", other.Runtime.Device))
	differ("the precision", fmt.Sprintf("%q", m.Runtime.Precision), fmt.Sprintf("%q", other.Runtime.Precision))
	differ("the device's options", fmt.Sprintf("%q", m.Runtime.Options), fmt.Sprintf("%q", other.Runtime.Options))
	differ("the library", fmt.Sprintf("%q", m.Runtime.Library), fmt.Sprintf("%q", other.Runtime.Library))
	differ("the type of the rows", cmp.Or(m.Rows, "float32"), cmp.Or(other.Rows, "float32"))
	return strings.Join(list, "; ")
}

func (t Trunk) short() string { return fmt.Sprintf("%q (%.12s…)", t.Name, t.SHA256) }
