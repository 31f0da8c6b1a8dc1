package session

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"graft/cmd/graft/internal/label/book"
)

// A View is a way to look at the photographs.
type View string

// The views.
const (
	Ask       View = "ask"        // what to label next
	Groups    View = "groups"     // without a label, by suggestion
	Unlabel   View = "unlabelled" // without a label, as they lie in their folders
	LabelView View = "labelled"   // with a label, by class
	Doubts    View = "doubts"     // labels that predictions contradict
	Near      View = "near"       // near duplicates together
	Newest    View = "newest"     // the newest file first
	Left      View = "left"       // skipped, or none of the classes
	Broken    View = "broken"     // that cannot be read
	Suspects  View = "suspects"   // what a check of the labels found
)

// A Section is a part of a view.
type Section struct {
	Title string    `json:"title"`
	Class int       `json:"class"` // that is suggested, or given; −1: none
	IDs   []int     `json:"ids"`
	P     []float32 `json:"p,omitempty"` // probability of the suggestion, rounded, with Groups
}

// A Look is a view of some photographs.
type Look struct {
	View  View
	Class int    // only those of this class, given or suggested; −1: all
	Text  string // only those with this in their path or the name of their class
}

// Order is the photographs of a view, in its sections.
func (s *Session) Order(o Look) (version int, list []Section) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := s.wanted(o)
	switch o.View {
	case Ask:
		list = s.asked()
	case Groups:
		list = s.groups()
	case LabelView:
		list = s.labelled()
	case Doubts:
		var ids []int
		for _, d := range s.live.doubts {
			ids = append(ids, d.row)
		}
		list = []Section{{"Labels that predictions contradict, the likeliest error first", -1, ids, nil}}
	case Near:
		list = s.found.near
	case Suspects:
		list = s.found.suspects
	case Newest:
		ids := s.rowsWhere(func(int) bool { return true })
		slices.SortStableFunc(ids, func(a, b int) int { return s.pictures[b].sample.ModTime.Compare(s.pictures[a].sample.ModTime) })
		list = []Section{{"The newest first", -1, ids, nil}}
	case Left:
		list = []Section{
			{"Skipped", -1, s.rowsWhere(func(i int) bool { return s.marks[i].Kind == book.Skipped }), nil},
			{"None of the classes", -1, s.rowsWhere(func(i int) bool { return s.marks[i].Kind == book.None }), nil},
		}
	case Broken:
		list = []Section{{"That cannot be read", -1, s.rowsWhere(func(i int) bool { return s.pictures[i].why != "" }), nil}}
	default:
		list = []Section{{"Without a label", -1, s.rowsWhere(s.unmarked), nil}}
	}
	return s.version, filtered(list, wanted)
}

// unmarked reports whether a picture has no label and was not left out.
func (s *Session) unmarked(i int) bool {
	k := s.marks[i].Kind
	return k == book.Nothing || k == book.Cleared
}

// wanted says which pictures a look is of; nil: all.
func (s *Session) wanted(o Look) func(i int) bool {
	text := strings.ToLower(strings.TrimSpace(o.Text))
	if text == "" && o.Class < 0 {
		return nil
	}
	return func(i int) bool {
		c := s.suggested(i)
		if s.marks[i].Kind == book.Labelled {
			c = s.marks[i].Class
		}
		if o.Class >= 0 && c != o.Class {
			return false
		}
		return text == "" || strings.Contains(strings.ToLower(s.pictures[i].path), text) ||
			c >= 0 && strings.Contains(strings.ToLower(s.book.Classes()[c].Name), text)
	}
}

// filtered leaves out what is not wanted, and sections without any.
func filtered(list []Section, wanted func(i int) bool) []Section {
	out := []Section{}
	for _, sec := range list {
		if wanted != nil {
			kept := Section{Title: sec.Title, Class: sec.Class}
			for k, i := range sec.IDs {
				if wanted(i) {
					kept.IDs = append(kept.IDs, i)
					if sec.P != nil {
						kept.P = append(kept.P, sec.P[k])
					}
				}
			}
			sec = kept
		}
		if len(sec.IDs) > 0 {
			out = append(out, sec)
		}
	}
	return out
}

// asked are the questions.
func (s *Session) asked() []Section {
	next := Section{Title: "What to label next", Class: -1}
	for _, q := range s.learned.questions {
		if s.unmarked(q.Row) {
			next.IDs = append(next.IDs, q.Row)
		}
	}
	if len(next.IDs) == 0 && s.busy { // nothing is known of any: what lies there
		next.Title, next.IDs = "Features are being computed; these may be labelled already", s.rowsWhere(s.unmarked)
		next.IDs = next.IDs[:min(len(next.IDs), 4*ahead)]
	}
	return []Section{next}
}

// suggested is the class that is suggested for a picture; −1: none.
func (s *Session) suggested(i int) int {
	if s.learned.scores == nil || !s.pictures[i].ready {
		return -1
	}
	return s.book.Resolve(int(s.learned.scores.Class[i]))
}

// groups are the pictures without a label, by suggestion, the most probable first. What is set aside
// for the honest test is not suggested anything: it is answered when it is asked for.
func (s *Session) groups() (list []Section) {
	by := map[int][]int{}
	var aside, none []int
	for i := range s.pictures {
		switch c := s.suggested(i); {
		case !s.unmarked(i):
		case s.pictures[i].aside && s.marks[i].Kind == book.Nothing:
			aside = append(aside, i)
		case c < 0:
			none = append(none, i)
		default:
			by[c] = append(by[c], i)
		}
	}
	for _, c := range s.book.Current() {
		ids := by[c]
		p := s.learned.scores
		slices.SortStableFunc(ids, func(a, b int) int { return cmp.Compare(p.P[b], p.P[a]) })
		sec := Section{Title: s.book.Classes()[c].Name, Class: c, IDs: ids}
		for _, i := range ids {
			sec.P = append(sec.P, float32(math.Floor(float64(p.P[i])*1000)/1000))
		}
		list = append(list, sec)
	}
	return append(list, Section{"Nothing is suggested yet", -1, none, nil},
		Section{"Set aside for the honest test: they are asked for by turns, without a suggestion", -1, aside, nil})
}

// labelled are the pictures with a label, by class, the last answer first.
func (s *Session) labelled() (list []Section) {
	by := map[int][]int{}
	for i := range s.pictures {
		if m := s.marks[i]; m.Kind == book.Labelled {
			by[m.Class] = append(by[m.Class], i)
		}
	}
	for _, c := range s.book.Current() {
		slices.SortStableFunc(by[c], func(a, b int) int { return s.marks[b].At - s.marks[a].At })
		list = append(list, Section{s.book.Classes()[c].Name, c, by[c], nil})
	}
	return list
}

func sorted(list []doubt) []doubt {
	slices.SortStableFunc(list, func(a, b doubt) int { return cmp.Compare(a.given, b.given) })
	return list
}
