package checkpoint

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// maxPickle bounds data.pkl, which for a large network has some 100 KB.
const maxPickle = 1 << 26

// A torchZip is a file of torch.save in the zip format:
//
//	NAME/data.pkl    the object, its storages as persistent ids
//	NAME/data/KEY    a storage each, stored, not compressed
//	NAME/byteorder   "little" or "big"; little if it is missing
type torchZip struct {
	file     io.ReaderAt
	dir      string
	entries  map[string]*zip.File
	storages map[string]*storage
}

func readZip(r io.ReaderAt, size int64) (*directory, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("begins like a zip archive, but after %d bytes its directory is missing or broken (%w); the file is truncated or damaged", size, err)
	}
	z := &torchZip{file: r, entries: map[string]*zip.File{}, storages: map[string]*storage{}}
	found := false
	for _, f := range archive.File {
		z.entries[f.Name] = f
		if dir, ok := strings.CutSuffix(f.Name, "data.pkl"); ok && !found && (dir == "" || strings.Count(dir, "/") == 1 && strings.HasSuffix(dir, "/")) {
			z.dir, found = dir, true
		}
	}
	if !found {
		return nil, fmt.Errorf("is a zip archive of %d files without a data.pkl, so torch.save did not write it", len(archive.File))
	}
	if z.entries[z.dir+"constants.pkl"] != nil {
		return nil, fmt.Errorf("is a TorchScript program; save the state dict: torch.save(model.state_dict(), …)")
	}
	if err := z.checkOrder(); err != nil {
		return nil, err
	}
	pickle, err := z.content("data.pkl", maxPickle)
	if err != nil {
		return nil, err
	}
	m := newMachine(bytes.NewReader(pickle))
	m.known, m.call, m.lookup = knownGlobal, callGlobal, z.lookup
	root, err := m.run()
	if err != nil {
		return nil, fmt.Errorf("%sdata.pkl: %w", z.dir, err)
	}
	return stateDict(root)
}

func (z *torchZip) checkOrder() error {
	if z.entries[z.dir+"byteorder"] == nil {
		return nil
	}
	order, err := z.content("byteorder", 16)
	if err == nil && string(order) != "little" {
		err = fmt.Errorf("was written in byte order %q; only little-endian is read", order)
	}
	return err
}

// content reads a whole entry of at most limit bytes.
func (z *torchZip) content(name string, limit int64) ([]byte, error) {
	f := z.entries[z.dir+name]
	if f.UncompressedSize64 > uint64(limit) {
		return nil, fmt.Errorf("%s is %d bytes long; at most %d are allowed", f.Name, f.UncompressedSize64, limit)
	}
	if f.Method == zip.Store && f.CRC32 == 0 {
		raw, err := f.OpenRaw() // written without a checksum
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		return z.all(f, raw, limit)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	defer r.Close()
	return z.all(f, r, limit)
}

func (z *torchZip) all(f *zip.File, r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return b, nil
}

// lookup finds the storage of a persistent id.
func (z *torchZip) lookup(id tuple) (any, error) {
	s, err := parseStorageID(id)
	if err != nil {
		return nil, err
	}
	if known := z.storages[s.key]; known != nil {
		if known.dtype != s.dtype || known.count != s.count {
			return nil, fmt.Errorf("%s is %d × %s here and %d × %s before", known.name, s.count, s.dtype, known.count, known.dtype)
		}
		return known, nil
	}
	name := z.dir + "data/" + s.key
	f := z.entries[name]
	if f == nil {
		return nil, fmt.Errorf("the archive has no %q", name)
	}
	need := s.count * sizes[s.dtype]
	switch {
	case f.Method != zip.Store:
		return nil, fmt.Errorf("%q is compressed; torch.save stores tensors as they are, so unpack and zip it again with \"zip -0\"", name)
	case f.CompressedSize64 != f.UncompressedSize64 || f.UncompressedSize64 < uint64(need):
		return nil, fmt.Errorf("%q has %d bytes, but %d × %s take %d", name, f.CompressedSize64, s.count, s.dtype, need)
	}
	at, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("%q: %w; the file is damaged", name, err)
	}
	found := &storage{name: fmt.Sprintf("storage %q", name), dtype: s.dtype, count: s.count, at: at, in: z.file}
	if f.CRC32 != 0 && f.UncompressedSize64 == uint64(need) { // torch has an option to write no checksums
		found.check = checksum(f.CRC32)
	}
	z.storages[s.key] = found
	return found, nil
}

// checksum returns a check of CRC-32, which torch itself does not make.
func checksum(want uint32) func([]byte) error {
	return func(b []byte) error {
		if got := crc32.ChecksumIEEE(b); got != want {
			return fmt.Errorf("checksum is %08x, the archive says %08x: the file is damaged", got, want)
		}
		return nil
	}
}
