package features

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"graft/extractor/pixels"
)

// partName is what graft calls its parts: time, process and random digits.
var partName = regexp.MustCompile(`^part-[0-9]{8}T[0-9]{9}-[0-9]+-[0-9a-z]{8}\.arrow$`)

// IsPart reports whether a file of this name (without folder) is read as a part.
func IsPart(name string) bool {
	return strings.HasPrefix(name, "part-") && strings.HasSuffix(name, ".arrow")
}

// A part is one open file of rows. It is immutable and safe for concurrent use; closing it is its
// store's business.
type part struct {
	name     string
	size     int64
	d        int
	width    int // bytes of a value: 4, or 2 of float16
	ids      []ID
	crcs     []uint32
	at       int64 // where the features begin
	replaces []string
	file     *os.File // read at random: were it mapped, all of it would count as this process's memory
	check    sync.Once
	bad      map[int32]bool // rows known to be damaged; guarded by the store's lock
}

// errRow is the error of a row whose bytes changed.
var errRow = errors.New("its checksum does not match its features")

// ErrNotFinite is the error of a row that holds NaN or infinite values. Runs do not write such rows
// any more; those of earlier ones are not used.
var ErrNotFinite = errors.New("its features are not finite")

// openPart checks everything but the features.
func openPart(dir, name string, d int) (_ *part, err error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errUnsealed
	}
	s, err := readSeal(f, info.Size())
	if err != nil {
		return nil, err
	}
	p := &part{name: name, size: info.Size(), d: d, width: 4, at: s.offset, file: f}
	if err := p.readSchema(); err != nil {
		return nil, err
	}
	return p, p.readFrame(s)
}

// readFrame reads what lies before the features, whose checksum was right.
func (p *part) readFrame(s seal) error {
	wide := int64(p.d * p.width)
	if s.bytes == 0 || s.bytes%wide != 0 {
		return fmt.Errorf("its rows do not have %d features", p.d)
	}
	n := s.bytes / wide
	columns := n*int64(len(pixels.Key{})) + 2*pad8(4*n)
	if s.offset < columns {
		return errUnsealed
	}
	b := make([]byte, columns)
	if _, err := p.file.ReadAt(b, s.offset-columns); err != nil {
		return err
	}
	views, crcs := b[n*32:], b[n*32+pad8(4*n):]
	p.ids, p.crcs = make([]ID, n), make([]uint32, n)
	for i := range p.ids {
		p.ids[i] = ID{pixels.Key(b[i*32:]), int32(binary.LittleEndian.Uint32(views[i*4:]))}
		p.crcs[i] = binary.LittleEndian.Uint32(crcs[i*4:])
	}
	return nil
}

// readSchema reads the metadata and compares the schema. arrow-go panics on some malformed files;
// behind the checksum only a deliberate forgery is left.
func (p *part) readSchema() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it is malformed: %v", r)
		}
	}()
	if err := guard(p.file, p.size); err != nil {
		return err
	}
	r, err := ipc.NewFileReader(p.file)
	if err != nil {
		return err
	}
	defer r.Close()
	got := r.Schema()
	if got.Equal(partSchema(p.d, true, nil)) {
		p.width = 2
	} else if !got.Equal(partSchema(p.d, false, nil)) {
		p.width = 0
	}
	if p.width == 0 || r.NumRecords() != 1 {
		return fmt.Errorf("it has other columns than a part with %d features", p.d)
	}
	meta := r.Schema().Metadata()
	if v, _ := meta.GetValue("graft.format"); v != partFormat {
		return fmt.Errorf("it has format %q; this graft reads %q", v, partFormat)
	}
	names, _ := meta.GetValue("graft.replaces")
	p.replaces = strings.Fields(names)
	return nil
}

func pad8(n int64) int64 { return (n + 7) &^ 7 }

// rowBuffers hold the bytes of a row on the way.
var rowBuffers = sync.Pool{New: func() any { return new([]byte) }}

// row copies row i into dst, and gives an error if its checksum is wrong.
func (p *part) row(i int, dst []float32) error {
	if littleEndian && p.width == 4 { // the bytes are the numbers
		return p.read(i, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), 4*len(dst)))
	}
	return p.use(i, func(b []byte) error {
		decode(dst, b, p.width)
		return nil
	})
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// decode makes numbers of the bytes of a row, four at a time.
func decode(dst []float32, b []byte, width int) {
	if width == 2 {
		decodeHalves(dst, b)
		return
	}
	for ; len(dst) >= 4 && len(b) >= 16; dst, b = dst[4:], b[16:] {
		dst[0] = math.Float32frombits(binary.LittleEndian.Uint32(b))
		dst[1] = math.Float32frombits(binary.LittleEndian.Uint32(b[4:]))
		dst[2] = math.Float32frombits(binary.LittleEndian.Uint32(b[8:]))
		dst[3] = math.Float32frombits(binary.LittleEndian.Uint32(b[12:]))
	}
	for k := range dst {
		dst[k] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*k:]))
	}
}

// sound says what is wrong with row i: its checksum, or that it is no row of features.
func (p *part) sound(i int) error {
	return p.use(i, func(b []byte) error {
		if p.width == 2 {
			return soundHalves(b)
		}
		// Two numbers at a time: an exponent of ones alone, NaN's or infinity's, and one more carry into the top bit.
		const exponent, one, top = 0x7f800000_7f800000, 0x00800000_00800000, 0x80000000_80000000
		var carry uint64
		for ; len(b) >= 8; b = b[8:] {
			carry |= binary.LittleEndian.Uint64(b)&exponent + one
		}
		if len(b) >= 4 {
			carry |= uint64(binary.LittleEndian.Uint32(b))&exponent + one
		}
		if carry&top != 0 {
			return ErrNotFinite
		}
		return nil
	})
}

// use gives take the bytes of row i, which are valid until it returns, if their checksum is right.
func (p *part) use(i int, take func([]byte) error) error {
	wide := p.d * p.width
	buf := rowBuffers.Get().(*[]byte)
	defer rowBuffers.Put(buf)
	if cap(*buf) < wide {
		*buf = make([]byte, wide)
	}
	b := (*buf)[:wide]
	if err := p.read(i, b); err != nil {
		return err
	}
	return take(b)
}

// read fills b with the bytes of row i.
func (p *part) read(i int, b []byte) error {
	if _, err := p.file.ReadAt(b, p.at+int64(i)*int64(len(b))); err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	if crc32.Checksum(b, castagnoli) != p.crcs[i] {
		return errRow
	}
	return nil
}
