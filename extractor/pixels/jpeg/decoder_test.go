package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// goldenFiles are the tiny files of testdata.
func goldenFiles(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("../../../testdata/golden/jpeg/*.jpg")
	if err != nil || len(names) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = b
	}
	return files
}

// golden is the first of them whose name holds part.
func golden(t testing.TB, part string) []byte {
	t.Helper()
	for name, b := range goldenFiles(t) {
		if strings.Contains(name, part) {
			return b
		}
	}
	t.Fatalf("no golden's name has %q", part)
	return nil
}

// A window's pixels are those of the whole picture, whatever it is, at every scale.
func TestWindow(t *testing.T) {
	var whole, part Decoder
	r := rand.New(rand.NewPCG(1, 2))
	for name, b := range goldenFiles(t) {
		for _, scale := range []int{1, 2, 4, 8} {
			m, err := whole.Decode(b, image.Rectangle{}, scale)
			if err != nil {
				continue
			}
			all := wholeImage(m)
			for range 12 {
				x, y := r.IntN(m.Width), r.IntN(m.Height)
				window := image.Rect(x, y, x+1+r.IntN(m.Width-x), y+1+r.IntN(m.Height-y))
				if !equalWindow(t, &part, b, window, scale, all, m.Width) {
					t.Errorf("%s at 1/%d: %v differs", name, scale, window)
				}
			}
		}
	}
}

func equalWindow(t *testing.T, d *Decoder, b []byte, window image.Rectangle, scale int, all []byte, width int) bool {
	t.Helper()
	m, err := d.Decode(b, window, scale)
	if err != nil {
		t.Fatal(err)
	}
	if m.Rect != window {
		return false
	}
	for y := window.Min.Y; y < window.Max.Y; y++ {
		want := all[3*(y*width+window.Min.X) : 3*(y*width+window.Max.X)]
		if !bytes.Equal(m.Row(y), want) {
			return false
		}
	}
	return true
}

// Rows may be left out.
func TestRowsLeftOut(t *testing.T) {
	b := golden(t, "own-221111")
	var d Decoder
	m, err := d.Decode(b, image.Rectangle{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	all := wholeImage(m)
	if m, err = d.Decode(b, image.Rectangle{}, 1); err != nil {
		t.Fatal(err)
	}
	y := m.Height - 2
	if !bytes.Equal(m.Row(y), all[3*y*m.Width:3*(y+1)*m.Width]) {
		t.Errorf("row %d differs if those above are not asked for", y)
	}
}

func TestConfig(t *testing.T) {
	var d Decoder
	for _, c := range []struct {
		part string
		want ColorModel
	}{
		{"79-L-", Gray}, {"78-RGB", YCbCr}, {"46-RGB", YCbCr}, {"37-RGB", RGB}, {"58-CMYK", CMYK}, {"27-own", YCCK},
	} {
		b := golden(t, c.part)
		got, err := d.Config(b)
		if err != nil {
			t.Errorf("%s: %v", c.part, err)
		}
		progressive := bytes.Contains(b, []byte{0xff, 0xc2, 0, 17}) || bytes.Contains(b, []byte{0xff, 0xc2, 0, 11})
		if got.Color != c.want || got.Progressive != progressive {
			t.Errorf("%s: %+v, want %v", c.part, got, c.want)
		}
	}
}

// A header may promise any size: Config allocates nothing for it.
func TestConfigOfBomb(t *testing.T) {
	b := bytes.Clone(golden(t, "46-RGB"))
	at := bytes.Index(b, []byte{0xff, 0xc2})
	binary.BigEndian.PutUint16(b[at+5:], 65500)
	binary.BigEndian.PutUint16(b[at+7:], 65500)
	var before, after runtime.MemStats
	var d Decoder
	runtime.ReadMemStats(&before)
	c, err := d.Config(b)
	runtime.ReadMemStats(&after)
	if err != nil || c.Width != 65500 || c.Height != 65500 {
		t.Errorf("%+v, %v", c, err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<16 {
		t.Errorf("%d bytes were allocated", n)
	}
}

// What is not read is refused by its name, and not as a broken file.
func TestUnsupported(t *testing.T) {
	var d Decoder
	base := golden(t, "00-own-111111")
	sof := bytes.Index(base, []byte{0xff, 0xc1})
	for _, c := range []struct {
		at    int
		value byte
		want  string
	}{
		{sof + 1, 0xc3, "lossless coding"},
		{sof + 1, 0xc9, "arithmetic coding"},
		{sof + 1, 0xca, "arithmetic coding"},
		{sof + 1, 0xc5, "differential coding"},
		{sof + 4, 12, "12 bits a sample"},
		{sof + 11, 0x31, "sampling"}, // 3×1 beside 2×2
	} {
		b := bytes.Clone(base)
		b[c.at] = c.value
		if c.want == "sampling" {
			b[sof+14] = 0x22
		}
		_, err := d.Config(b)
		var unsupported UnsupportedError
		if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("byte %d = %#x: %v, want %q", c.at, c.value, err, c.want)
		}
	}
}

func TestBroken(t *testing.T) {
	var d Decoder
	good := golden(t, "00-own-111111")
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "begin with FF D8"},
		{"text", []byte("hello, world"), "begin with FF D8"},
		{"half", good[:len(good)/2], "truncated"},
		{"without its end", good[:len(good)-2], "truncated"},
		{"header only", good[:30], "truncated"},
		{"twice", append(bytes.Clone(good[:len(good)-2]), good...), "second image"},
		{"unknown marker", append(bytes.Clone(good[:len(good)-2]), 0xff, 0x80, 0xff, 0xd9), "FF 80"},
		{"unknown marker where no restart is due", slices.Concat(good[:2], []byte{0xff, 0xdd, 0, 4, 0xff, 0xff}, good[2:len(good)-2], []byte{0xff, 0x80, 0xff, 0xd9}), "FF 80"},
		{"something behind its beginning", slices.Concat(good[:2], []byte{0x66}, good[2:]), "begin with FF D8 FF"},
		{"tables only", []byte{0xff, 0xd8, 0xff, 0xd9}, "no picture"},
	} {
		_, err := d.Decode(c.file, image.Rectangle{}, 1)
		var broken FormatError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// A small file may ask for more scans of a huge picture than anyone waits for.
func TestScansOfBomb(t *testing.T) {
	b := golden(t, "46-RGB")
	at := bytes.Index(b, []byte{0xff, 0xda})
	bomb := bytes.Clone(b[:at])
	sof := bytes.Index(bomb, []byte{0xff, 0xc2})
	binary.BigEndian.PutUint16(bomb[sof+5:], 3200)
	binary.BigEndian.PutUint16(bomb[sof+7:], 3200)
	end := at + bytes.Index(b[at+2:], []byte{0xff})
	for b[end+3] == 0 {
		end += 1 + bytes.Index(b[end+3:], []byte{0xff})
	}
	for range 400 {
		bomb = append(bomb, b[at:end+2]...)
	}
	bomb = append(bomb, 0xff, 0xd9)
	var d Decoder
	_, err := d.Decode(bomb, image.Rectangle{}, 1)
	var unsupported UnsupportedError
	if !errors.As(err, &unsupported) {
		t.Errorf("got %v", err)
	}
}

// After the first files, none allocates.
func TestReuse(t *testing.T) {
	var d Decoder
	files := [][]byte{golden(t, "02-own-221111"), golden(t, "46-RGB"), golden(t, "58-CMYK")}
	decode := func() {
		for _, b := range files {
			m, err := d.Decode(b, image.Rectangle{}, 1)
			if err != nil {
				t.Fatal(err)
			}
			for y := range m.Height {
				m.Row(y)
			}
		}
	}
	decode()
	if n := testing.AllocsPerRun(20, decode); n > 0 {
		t.Errorf("%v allocations for three files", n)
	}
}

// FuzzDecode: no bytes make the decoder panic, and a window shows what the whole shows.
func FuzzDecode(f *testing.F) {
	for _, b := range goldenFiles(f) {
		f.Add(b, uint16(3), uint16(5), byte(0))
	}
	var whole, part Decoder
	f.Fuzz(func(t *testing.T, b []byte, x, y uint16, shift byte) {
		c, err := whole.Config(b)
		if err != nil || c.Width*c.Height > 1<<18 {
			return
		}
		scale := 1 << (shift & 3)
		m, err := whole.Decode(b, image.Rectangle{}, scale)
		if err != nil {
			return
		}
		all := wholeImage(m)
		x0, y0 := int(x)%m.Width, int(y)%m.Height
		if !equalWindow(t, &part, b, image.Rect(x0, y0, m.Width, m.Height), scale, all, m.Width) {
			t.Fatal("the window differs from the whole")
		}
	})
}

// TestDecodeAs: raw components converted by the tables are what Decode gives, and markers do not
// count where a model is given.
func TestDecodeAs(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile("../../../testdata/golden/pixels/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var one, other Decoder
	components := map[ColorModel]int{Gray: 1, YCbCr: 3, RGB: 3, CMYK: 4}
	for name, want := range map[string]ColorModel{"420.jpg": YCbCr, "gray.jpg": Gray, "cmyk.jpg": CMYK, "rgb.jpg": RGB} {
		file := read(name)
		c, err := one.Config(file)
		if err != nil || c.Color != want || c.Components != components[want] {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		raw, err := one.DecodeAs(Raw, file, image.Rectangle{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		usual, err := other.Decode(file, image.Rectangle{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for y := range raw.Height {
			row, rgb := raw.Row(y), make([]byte, 3*raw.Width)
			planes := make([][]byte, c.Components)
			for i, v := range row {
				planes[i%c.Components] = append(planes[i%c.Components], v)
			}
			switch want {
			case YCbCr:
				yccToRGB(rgb, planes[0], planes[1], planes[2])
			case Gray:
				grayToRGB(rgb, planes[0])
			case RGB:
				rgb = row
			case CMYK:
				interleave(rgb, planes[0], planes[1], planes[2])
				cmykToRGB(rgb, planes[3])
			}
			if !bytes.Equal(rgb, usual.Row(y)) {
				t.Fatalf("%s: row %d of the raw components is another", name, y)
			}
		}
	}
	rgb, err := one.DecodeAs(RGB, read("420.jpg"), image.Rectangle{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := other.DecodeAs(Raw, read("420.jpg"), image.Rectangle{}, 1)
	if err != nil || !bytes.Equal(rgb.Row(0), raw.Row(0)) {
		t.Errorf("YCbCr taken for RGB is not as it is stored (%v)", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("gray of three components: no panic")
		}
	}()
	one.DecodeAs(Gray, read("420.jpg"), image.Rectangle{}, 1)
}
