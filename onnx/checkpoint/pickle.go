package checkpoint

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
)

// The opcodes of Python's pickle, protocols 2 to 5, that torch.save emits for
// tensors in containers; see Lib/pickletools.py in CPython.
const (
	opMark            = '('
	opStop            = '.'
	opPop             = '0'
	opPopMark         = '1'
	opDup             = '2'
	opBinFloat        = 'G'
	opBinInt          = 'J'
	opBinInt1         = 'K'
	opBinInt2         = 'M'
	opNone            = 'N'
	opBinPersID       = 'Q'
	opReduce          = 'R'
	opBinString       = 'T'
	opShortBinString  = 'U'
	opBinUnicode      = 'X'
	opAppend          = 'a'
	opBuild           = 'b'
	opGlobal          = 'c'
	opAppends         = 'e'
	opBinGet          = 'h'
	opLongBinGet      = 'j'
	opBinPut          = 'q'
	opLongBinPut      = 'r'
	opSetItem         = 's'
	opTuple           = 't'
	opSetItems        = 'u'
	opEmptyDict       = '}'
	opEmptyList       = ']'
	opEmptyTuple      = ')'
	opProto           = 0x80
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opLong1           = 0x8a
	opShortBinUnicode = 0x8c
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95
)

// Limits of one pickle. A state dict of 100,000 tensors is within them, and they
// bound the machine's memory to some hundred megabytes, whatever the file.
const (
	maxOps    = 1 << 22
	maxString = 1 << 16
	maxText   = 1 << 26 // all strings together
)

// The values that a pickle may build, besides int64, float64, bool, string,
// *big.Int, nil, *entry and *storage.
type (
	tuple  []any
	list   struct{ items []any }
	dict   struct{ keys, values []any }
	global struct{ module, name string }
	mark   struct{}
)

func (g global) String() string { return g.module + "." + g.name }

// A machine runs one pickle at a time. It knows no classes: the functions known,
// call and lookup give globals and persistent ids their meaning.
type machine struct {
	in    *bufio.Reader
	pos   int64 // bytes read
	text  int64 // bytes of strings
	stack []any
	memo  map[uint32]any

	known  func(global) bool
	call   func(global, tuple) (any, error)
	lookup func(tuple) (any, error) // of a persistent id
}

func newMachine(r io.Reader) *machine {
	return &machine{
		in:     bufio.NewReaderSize(r, 1<<16),
		known:  func(global) bool { return false },
		call:   func(g global, _ tuple) (any, error) { return nil, fmt.Errorf("%v called", g) },
		lookup: func(tuple) (any, error) { return nil, fmt.Errorf("persistent id where none belongs") },
	}
}

// run executes a pickle up to its STOP and returns what it built.
func (m *machine) run() (any, error) {
	m.stack, m.memo = m.stack[:0], map[uint32]any{}
	for range maxOps {
		at := m.pos
		op, err := m.byte()
		if err == nil && op == opStop {
			v, err := m.pop()
			if err == nil && len(m.stack) > 0 {
				err = fmt.Errorf("%d values left over", len(m.stack))
			}
			return v, m.located(at, err)
		}
		if err == nil {
			err = m.step(op)
		}
		if err != nil {
			return nil, m.located(at, err)
		}
	}
	return nil, m.located(m.pos, fmt.Errorf("more than %d operations", maxOps))
}

func (m *machine) located(at int64, err error) error {
	if err == nil {
		return nil
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = fmt.Errorf("truncated")
	}
	return fmt.Errorf("pickle at byte %d: %w", at, err)
}

// step executes one opcode other than STOP.
func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		_, err := m.byte()
		return err
	case opFrame:
		_, err := m.bytes(8)
		return err
	case opMark:
		m.push(mark{})
		return nil
	case opPop:
		_, err := m.pop()
		return err
	case opPopMark:
		_, err := m.popMark()
		return err
	case opDup:
		return m.dup()
	case opBinPut, opLongBinPut, opMemoize, opBinGet, opLongBinGet:
		return m.remember(op)
	case opTuple, opTuple1, opTuple2, opTuple3:
		return m.tuple(op)
	case opAppend, opAppends:
		return m.appendItems(op)
	case opSetItem, opSetItems:
		return m.setItems(op)
	case opGlobal, opStackGlobal:
		return m.global(op)
	case opReduce, opBinPersID, opBuild:
		return m.object(op)
	}
	return m.literal(op)
}

// literal pushes a constant from the stream.
func (m *machine) literal(op byte) error {
	var v any
	var err error
	switch op {
	case opNone:
	case opNewTrue, opNewFalse:
		v = op == opNewTrue
	case opEmptyDict:
		v = &dict{}
	case opEmptyList:
		v = &list{}
	case opEmptyTuple:
		v = tuple{}
	case opBinInt1:
		v, err = m.uint(1)
	case opBinInt2:
		v, err = m.uint(2)
	case opBinInt:
		var n int64
		n, err = m.uint(4)
		v = int64(int32(n))
	case opLong1:
		v, err = m.long()
	case opBinFloat:
		var b []byte
		if b, err = m.bytes(8); err == nil {
			v = math.Float64frombits(binary.BigEndian.Uint64(b))
		}
	case opShortBinString, opShortBinUnicode:
		v, err = m.string(1)
	case opBinString, opBinUnicode:
		v, err = m.string(4)
	default:
		return fmt.Errorf("opcode 0x%02x (%q) is none that torch.save uses for tensors", op, op)
	}
	if err == nil {
		m.push(v)
	}
	return err
}

func (m *machine) byte() (byte, error) {
	b, err := m.in.ReadByte()
	if err == nil {
		m.pos++
	}
	return b, err
}

func (m *machine) bytes(n int64) ([]byte, error) {
	b := make([]byte, n)
	got, err := io.ReadFull(m.in, b)
	m.pos += int64(got)
	return b, err
}

// uint reads a little-endian number of up to four bytes.
func (m *machine) uint(size int64) (int64, error) {
	b, err := m.bytes(size)
	var wide [8]byte
	copy(wide[:], b)
	return int64(binary.LittleEndian.Uint64(wide[:])), err
}

// long reads a two's complement number of any length up to 255 bytes.
func (m *machine) long() (any, error) {
	n, err := m.uint(1)
	if err != nil {
		return nil, err
	}
	b, err := m.bytes(n)
	if err != nil {
		return nil, err
	}
	v := new(big.Int)
	for i := len(b) - 1; i >= 0; i-- {
		v.Lsh(v, 8).Or(v, big.NewInt(int64(b[i])))
	}
	if n > 0 && b[n-1] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
	}
	if v.IsInt64() {
		return v.Int64(), nil
	}
	return v, nil
}

// string reads a string whose length takes size bytes.
func (m *machine) string(size int64) (string, error) {
	n, err := m.uint(size)
	if err != nil {
		return "", err
	}
	if m.text += n; n > maxString || m.text > maxText {
		return "", fmt.Errorf("string of %d bytes; %d are allowed, %d in all", n, maxString, maxText)
	}
	b, err := m.bytes(n)
	return string(b), err
}

// line reads up to a newline.
func (m *machine) line() (string, error) {
	var s strings.Builder
	for s.Len() < 256 {
		b, err := m.byte()
		if err != nil || b == '\n' {
			return s.String(), err
		}
		s.WriteByte(b)
	}
	return "", fmt.Errorf("name of a global is over 256 bytes long")
}
