package chunks

import (
	"context"
	"time"

	"graft/extractor/bucket"
	"graft/extractor/features"
	"graft/extractor/plan"
)

// A Status is how far the work on a plan is. It marshals to JSON; the names of the fields are kept
// stable.
type Status struct {
	Chunks  int      `json:"chunks"`
	Done    int      `json:"done"`
	Partial []string `json:"partial"` // that were stopped in the middle
	Missing []string `json:"missing"` // also those
	Begun   []Begun  `json:"begun"`   // of the missing ones: workers are at it, or have died
	Double  []string `json:"double"`
	Other   int      `json:"other"` // records of other plans

	Images  int64   `json:"images"` // of the chunks that are done
	Of      int64   `json:"of"`     // images in the plan; 0 if that is not known
	Failed  int64   `json:"failed"`
	Rows    int64   `json:"rows"`
	Bytes   int64   `json:"bytes"`
	Busy    float64 `json:"busy_seconds"` // summed over workers
	Elapsed float64 `json:"seconds"`      // from the first chunk's start to the last one's end

	Hosts map[string]int `json:"hosts"` // chunks that each has done
}

// Begun is a chunk that workers have begun and not ended.
type Begun struct {
	Chunk    string    `json:"chunk"`
	Attempts []Attempt `json:"attempts"`
}

// String says how many they are, and what was in hand.
func (b Begun) String() string { return died(b.Attempts) }

// ReadStatus looks which chunks of a plan have been done in a store. It reads what records say of
// themselves, not their rows.
func ReadStatus(ctx context.Context, store, dir string) (*Status, error) {
	store = bucket.Local(store)
	dir, fetched, err := localPlan(ctx, bucket.Local(dir))
	if err != nil {
		return nil, err
	}
	defer fetched()
	p, err := plan.Read(dir)
	if err != nil {
		return nil, err
	}
	remote, err := openRemote(store)
	if err != nil {
		return nil, err
	}
	defer remote.Close()
	if remote != nil {
		if err := remote.records(ctx, ""); err != nil {
			return nil, err
		}
		store = remote.dir
	}
	all, err := findRecords(store, "")
	if err != nil {
		return nil, err
	}
	attempts, err := findAttempts(store, "")
	if err != nil {
		return nil, err
	}
	s := &Status{Chunks: p.Chunks(), Of: p.Images, Partial: []string{}, Missing: []string{}, Begun: []Begun{}, Double: []string{}, Hosts: map[string]int{}}
	records, partial := map[string][]found{}, map[string]bool{}
	planned := map[string]bool{}
	for _, digest := range p.Digests {
		planned[digest] = true
	}
	for _, f := range all {
		switch {
		case !planned[f.digest]:
			s.Other++
		case f.partial:
			partial[f.digest] = true
		default:
			records[f.digest] = append(records[f.digest], f)
		}
	}
	var first, last time.Time
	for i, digest := range p.Digests {
		list := records[digest]
		if len(list) == 0 {
			s.Missing = append(s.Missing, plan.Name(i))
			if list := attempts[digest]; list != nil {
				s.Begun = append(s.Begun, Begun{plan.Name(i), list})
			}
			if partial[digest] {
				s.Partial = append(s.Partial, plan.Name(i))
			}
			continue
		}
		if len(list) > 1 {
			s.Double = append(s.Double, plan.Name(i))
		}
		about, err := s.add(list[0])
		if err != nil {
			return nil, err
		}
		if end := about.Started.Add(time.Duration(about.Seconds.All * float64(time.Second))); end.After(last) {
			last = end
		}
		if first.IsZero() || about.Started.Before(first) {
			first = about.Started
		}
	}
	s.Elapsed = last.Sub(first).Seconds()
	return s, nil
}

// add counts a chunk.
func (s *Status) add(f found) (About, error) {
	text, err := features.ReadAbout(f.path)
	if err != nil {
		return About{}, err
	}
	about, err := parseAbout(f.path, text)
	s.Done++
	s.Images += int64(about.Images)
	s.Failed += int64(about.Failed)
	s.Rows += int64(about.Rows)
	s.Bytes += about.Bytes
	s.Busy += about.Seconds.All
	s.Hosts[about.Host]++
	return about, err
}
