package checkpoint

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
)

// torchMagic is the number that the older form begins with.
var torchMagic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

// A torchLegacy is a file of torch.save in the older format: five pickles
//
//	the magic number
//	the protocol version, 1001
//	a dictionary about the machine that wrote it
//	the object, its storages as persistent ids
//	the list of the storages' keys
//
// and then, for each key, the number of elements as int64 and the elements,
// little-endian.
type torchLegacy struct {
	storages map[string]*storage // keyed by root
}

func readLegacy(r io.ReaderAt, size int64) (*directory, error) {
	l := &torchLegacy{storages: map[string]*storage{}}
	m := newMachine(io.NewSectionReader(r, 0, size))
	if err := l.preamble(m); err != nil {
		return nil, err
	}
	m.known, m.call, m.lookup = knownGlobal, callGlobal, l.lookup
	root, err := m.run()
	if err != nil {
		return nil, err
	}
	d, err := stateDict(root)
	if err != nil {
		return nil, err
	}
	keys, err := m.run()
	if err != nil {
		return nil, fmt.Errorf("list of storages: %w", err)
	}
	names, ok := keys.(*list)
	if !ok {
		return nil, fmt.Errorf("pickle before byte %d is a %s, not the list of storages", m.pos, kind(keys))
	}
	return d, l.place(names.items, r, m.pos, size)
}

// preamble reads the first three pickles.
func (l *torchLegacy) preamble(m *machine) error {
	magic, err := m.run()
	if err != nil {
		return err
	}
	if n, ok := magic.(*big.Int); !ok || n.Cmp(torchMagic) != 0 {
		return fmt.Errorf("is a pickle without torch's magic number, so torch.save did not write it")
	}
	version, err := m.run()
	if err != nil {
		return err
	}
	if version != int64(1001) {
		return fmt.Errorf("has version %v of torch's older format; 1001 is known", version)
	}
	_, err = m.run()
	return err
}

// lookup returns the storage of a persistent id; its offset is known only after
// the pickle.
func (l *torchLegacy) lookup(id tuple) (any, error) {
	s, err := parseStorageID(id)
	if err != nil {
		return nil, err
	}
	if s.view != nil {
		return nil, fmt.Errorf("storage %q is a view, as PyTorch before 0.4 wrote them; load and save it with a newer one", s.key)
	}
	known := l.storages[s.key]
	if known == nil {
		known = &storage{name: fmt.Sprintf("storage %q", s.key), dtype: s.dtype, count: s.count}
		l.storages[s.key] = known
	}
	if known.dtype != s.dtype || known.count != s.count {
		return nil, fmt.Errorf("%s is %d × %s here and %d × %s before", known.name, s.count, s.dtype, known.count, known.dtype)
	}
	return known, nil
}

// place sets the offsets of the storages that follow the pickles, from byte at.
func (l *torchLegacy) place(keys []any, r io.ReaderAt, at, size int64) error {
	placed := 0
	for _, key := range keys {
		name, _ := key.(string)
		s := l.storages[name]
		if s == nil || s.in != nil {
			return fmt.Errorf("the list of storages names %q, which no tensor uses or which it names twice", name)
		}
		var count [8]byte
		if _, err := r.ReadAt(count[:], at); err != nil {
			return fmt.Errorf("truncated: %s belongs at byte %d, but the file ends at %d", s.name, at, size)
		}
		if n := int64(binary.LittleEndian.Uint64(count[:])); n != s.count {
			return fmt.Errorf("%s at byte %d has %d elements, its tensors expect %d", s.name, at, n, s.count)
		}
		s.at, s.in = at+8, r
		at = s.at + s.count*sizes[s.dtype]
		if at > size {
			return fmt.Errorf("truncated: %s is at bytes %d to %d, but the file ends at %d", s.name, s.at, at, size)
		}
		placed++
	}
	if placed < len(l.storages) {
		return fmt.Errorf("%d of %d storages are not in the file", len(l.storages)-placed, len(l.storages))
	}
	return nil
}
