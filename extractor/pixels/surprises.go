package pixels

import "fmt"

// Clips reports whether the transform makes white of whatever is over 255 in such a file: gray of 12
// or 16 bits.
func (t Transform) Clips(i Info) bool {
	return i.Gray && !i.Alpha && (i.BitDepth == 12 || i.BitDepth == 16) && t.Gray16 == ""
}

// Uncovers reports whether the transform shows what lies under transparent pixels of such a file.
func (t Transform) Uncovers(i Info) bool { return i.Alpha && t.Alpha == "" }

// Surprises counts images whose crops may not show what people expect, although they are right by
// Pillow.
type Surprises struct{ Clipped, Uncovered int }

// Add counts an image by what its header says.
func (s *Surprises) Add(t Transform, i Info) {
	if t.Clips(i) {
		s.Clipped++
	}
	if t.Uncovers(i) {
		s.Uncovered++
	}
}

// Notes says for people what there is to know, a sentence for each kind; none if there is nothing.
func (s Surprises) Notes() (notes []string) {
	if s.Clipped > 0 {
		notes = append(notes, fmt.Sprintf("%s gray of 16 bits, in which everything over 255 becomes white, as in Pillow; gray16 %s of the transform keeps the high byte",
			are(s.Clipped, "is", "are"), ScaleGray16))
	}
	if s.Uncovered > 0 {
		notes = append(notes, fmt.Sprintf("%s an alpha channel, which is dropped, as in Pillow, so that transparent parts, if there are any, show what is stored beneath; alpha %s or %s of the transform puts a ground there",
			are(s.Uncovered, "has", "have"), GroundWhite, GroundBlack))
	}
	return notes
}

// are is how many images there are, and a verb.
func are(n int, one, many string) string {
	if n == 1 {
		return "1 image " + one
	}
	return fmt.Sprintf("%d images %s", n, many)
}
