package report

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
)

// An svg builds a picture. Colours come from the page's style sheet by class, so
// that they follow light and dark; every text is escaped.
type svg struct{ b strings.Builder }

// open starts an element; attributes are names and values in turn, the values
// float64, int or string.
func (s *svg) open(name string, attributes ...any) {
	s.start(name, attributes)
	s.b.WriteByte('>')
}

// close ends the element that was opened last.
func (s *svg) close(name string) { s.b.WriteString("</" + name + ">") }

// add writes an element without content.
func (s *svg) add(name string, attributes ...any) {
	s.start(name, attributes)
	s.b.WriteString("/>")
}

// addTitled writes an element with a title, which is shown when the pointer rests on it.
func (s *svg) addTitled(title, name string, attributes ...any) {
	s.open(name, attributes...)
	s.open("title")
	s.b.WriteString(html.EscapeString(plain(title)))
	s.close("title")
	s.close(name)
}

// text writes a line of text.
func (s *svg) text(class string, x, y float64, text string, attributes ...any) {
	s.open("text", append([]any{"class", class, "x", x, "y", y}, attributes...)...)
	s.b.WriteString(html.EscapeString(plain(text)))
	s.close("text")
}

func (s *svg) start(name string, attributes []any) {
	s.b.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		s.b.WriteString(" " + attributes[i].(string) + `="`)
		switch v := attributes[i+1].(type) {
		case float64:
			s.b.WriteString(coordinate(v))
		case int:
			s.b.WriteString(strconv.Itoa(v))
		default:
			s.b.WriteString(html.EscapeString(plain(fmt.Sprint(v))))
		}
		s.b.WriteByte('"')
	}
}

// picture is the SVG element, of width×height units, which are pixels if there is
// room; label describes it to screen readers.
func (s *svg) picture(width, height float64, label string) template.HTML {
	role := "img"
	if strings.Contains(s.b.String(), "<a ") {
		role = "group" // to screen readers an image has no links
	}
	var out svg
	out.open("svg", "viewBox", "0 0 "+coordinate(width)+" "+coordinate(height), "width", width, "height", height, "role", role, "aria-label", label)
	out.b.WriteString(s.b.String())
	out.close("svg")
	return template.HTML(out.b.String())
}

// coordinate is a number with two decimals at most.
func coordinate(v float64) string {
	text := strconv.FormatFloat(v, 'f', 2, 64)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

// plain makes a name valid UTF-8: names of files may be any bytes.
func plain(s string) string { return strings.ToValidUTF8(s, "�") }

// A point is a place in a chart, in the units of its axes.
type point struct{ x, y float64 }

// pathOf is the data of a path through points of the picture.
func pathOf(points []point) string {
	var b strings.Builder
	for i, p := range points {
		if i == 0 {
			b.WriteByte('M')
		} else {
			b.WriteByte('L')
		}
		b.WriteString(coordinate(p.x) + " " + coordinate(p.y))
	}
	return b.String()
}
