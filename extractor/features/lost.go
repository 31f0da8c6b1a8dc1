package features

import "graft/extractor/pixels"

// Lost lists the records of a table that it promises features of and that have none: their rows are
// damaged, or gone. It reads every part that has a row of the table. Whoever reads a folder asks,
// and says so.
func (s *Store) Lost(t *Table) (list []Record) {
	for _, r := range t.Records {
		if r.Promised() && !s.Has(r.Key, 0) {
			list = append(list, r)
		}
	}
	return list
}

// Promised reports whether the record says that its photograph was read and has features.
func (r *Record) Promised() bool { return r.Key != (pixels.Key{}) && r.Error == "" }

// Waiting reports whether the photograph was not read yet: it is another shard's, or a run was
// interrupted.
func (r *Record) Waiting() bool { return !r.read() }
