package features

import (
	"context"
	"fmt"
)

// RemoveDoubles rewrites the parts that hold rows which an earlier part, by name, has, too, and
// returns how many such rows it removed. Nothing is lost if it is cut short. A row whose other copy
// is damaged is kept.
func (s *Store) RemoveDoubles(ctx context.Context) (removed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return 0, fmt.Errorf("features %q: opened for reading", s.dir)
	}
	if err := s.seal(); err != nil {
		return 0, err
	}
	if err := s.load(); err != nil {
		return 0, err
	}
	first := map[ID]*part{}
	for _, p := range s.parts {
		if err := ctx.Err(); err != nil {
			return removed, context.Cause(ctx)
		}
		doubles := map[ID]bool{}
		for i, id := range p.ids {
			switch {
			case first[id] != nil && first[id] != p:
				doubles[id] = true
			case first[id] == nil && p.sound(i) == nil:
				first[id] = p
			}
		}
		if len(doubles) == 0 {
			continue
		}
		if _, err := s.rewrite([]*part{p}, func(id ID) bool { return !doubles[id] }); err != nil {
			return removed, err
		}
		removed += len(doubles)
	}
	return removed, s.load()
}
