package turbojpeg

import (
	"embed"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"graft/extractor/pixels/jpeg"

	"github.com/ebitengine/purego"
)

// library holds the functions of turbojpeg.h that are used, of the interface that version 1.2
// brought and 3 still has.
type library struct {
	initDecompress func() uintptr
	destroy        func(handle uintptr) int32
	// decompress is tjDecompress2. It returns other than zero after an error or a warning.
	decompress func(handle uintptr, src unsafe.Pointer, size uint, dst unsafe.Pointer,
		width, pitch, height, format, flags int32) int32
}

// names are what the loader knows libturbojpeg by.
func names() []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{
			"libturbojpeg.0.dylib", "libturbojpeg.dylib",
			"/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.dylib", "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.dylib",
		}
	case "windows":
		return []string{"turbojpeg.dll", "libturbojpeg.dll"}
	}
	return []string{"libturbojpeg.so.0", "libturbojpeg.so"}
}

// load opens the library once for the process.
var load = sync.OnceValues(func() (*library, error) {
	var errs []error
	for _, name := range names() {
		at, err := open(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		lib, err := bind(at)
		if err == nil {
			err = lib.check()
		}
		if err != nil {
			return nil, fmt.Errorf("using %s: %w", name, err)
		}
		return lib, nil
	}
	return nil, fmt.Errorf("opening libturbojpeg: %w", errors.Join(errs...))
})

// bind looks up the functions.
func bind(at uintptr) (*library, error) {
	lib := &library{}
	for _, f := range []struct {
		name string
		fn   any
	}{
		{"tjInitDecompress", &lib.initDecompress},
		{"tjDestroy", &lib.destroy},
		{"tjDecompress2", &lib.decompress},
	} {
		symbol, err := symbol(at, f.name)
		if err != nil {
			return nil, err
		}
		purego.RegisterFunc(f.fn, symbol)
	}
	return lib, nil
}

// probes are small pictures in which versions of libjpeg differ: 4:2:2, 4:2:0 and 4:4:0 chroma.
//
//go:embed probe/*.jpg
var probes embed.FS

// check compares the library with package jpeg.
func (lib *library) check() error {
	d := &Decoder{lib: lib}
	return fs.WalkDir(probes, "probe", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := probes.ReadFile(name)
		if err != nil {
			return err
		}
		m, err := d.own.Decode(b, image.Rectangle{}, 1)
		if err != nil {
			return err
		}
		if !d.whole(b, jpeg.Config{Width: m.Width, Height: m.Height}, 1) || !slices.Equal(rows(m), d.pix) {
			return fmt.Errorf("its samples are not libjpeg-turbo's: %s comes out differently", name)
		}
		return nil
	})
}

// rows copies a picture.
func rows(m *jpeg.Image) []byte {
	var all []byte
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		all = append(all, m.Row(y)...)
	}
	return all
}
