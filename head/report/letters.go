package report

import (
	"cmp"
	"image"
	"slices"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// letters is a face whose glyphs are drawn in whole numbers, so that they are the
// same on every processor: the rasterizer of golang.org/x/image computes in
// float32, where some processors round x·y + z once and others twice.
type letters struct {
	font.Face // the measures
	outlines  *sfnt.Font
	scale     fixed.Int26_6 // pixels of an em
	buf       sfnt.Buffer
}

// Subdivisions of a pixel: a glyph's coverage is measured on scans lines in each,
// along them in 64ths, and curves are drawn as pieces lines.
const (
	unit   = 64
	scans  = 8
	pieces = 8
)

var _ font.Face = (*letters)(nil)

// Glyph is that of font.Face: the mask of a character at a dot.
func (l *letters) Glyph(dot fixed.Point26_6, r rune) (dr image.Rectangle, mask image.Image, maskp image.Point, advance fixed.Int26_6, ok bool) {
	advance, ok = l.GlyphAdvance(r)
	x, err := l.outlines.GlyphIndex(&l.buf, r)
	if !ok || err != nil {
		return dr, nil, maskp, 0, false
	}
	segments, err := l.outlines.LoadGlyph(&l.buf, x, l.scale, nil)
	if err != nil {
		return dr, nil, maskp, 0, false
	}
	bounds := segments.Bounds().Add(dot)
	dr = image.Rect(bounds.Min.X.Floor(), bounds.Min.Y.Floor(), bounds.Max.X.Ceil(), bounds.Max.Y.Ceil())
	origin := fixed.Point26_6{X: dot.X - fixed.I(dr.Min.X), Y: dot.Y - fixed.I(dr.Min.Y)}
	return dr, fill(edgesOf(segments, origin), dr.Dx(), dr.Dy()), maskp, advance, x != 0
}

// An edge is a line of an outline, in 64ths of a pixel, from its upper to its
// lower end; winding is 1 if it was drawn downwards, else -1.
type edge struct{ x0, y0, x1, y1, winding int }

// edgesOf are the lines of an outline, moved by an origin, curves in pieces.
func edgesOf(segments sfnt.Segments, origin fixed.Point26_6) (list []edge) {
	var pen image.Point
	to := func(p image.Point) {
		switch {
		case p.Y > pen.Y:
			list = append(list, edge{pen.X, pen.Y, p.X, p.Y, 1})
		case p.Y < pen.Y:
			list = append(list, edge{p.X, p.Y, pen.X, pen.Y, -1})
		}
		pen = p
	}
	for _, s := range segments {
		var p [3]image.Point
		for i, a := range s.Args {
			p[i] = image.Pt(int(a.X+origin.X), int(a.Y+origin.Y))
		}
		from := pen
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			pen = p[0]
		case sfnt.SegmentOpLineTo:
			to(p[0])
		case sfnt.SegmentOpQuadTo:
			for t := 1; t <= pieces; t++ {
				u := pieces - t
				to(from.Mul(u * u).Add(p[0].Mul(2 * u * t)).Add(p[1].Mul(t * t)).Div(pieces * pieces))
			}
		case sfnt.SegmentOpCubeTo:
			for t := 1; t <= pieces; t++ {
				u := pieces - t
				to(from.Mul(u * u * u).Add(p[0].Mul(3 * u * u * t)).Add(p[1].Mul(3 * u * t * t)).Add(p[2].Mul(t * t * t)).Div(pieces * pieces * pieces))
			}
		}
	}
	return list
}

// A crossing is where an edge meets a line of a scan.
type crossing struct{ x, winding int }

// fill is how much of each pixel is inside of an outline.
func fill(edges []edge, width, height int) *image.Alpha {
	mask := image.NewAlpha(image.Rect(0, 0, width, height))
	cover := make([]int, width)
	var crossings []crossing
	for row := range height {
		clear(cover)
		for scan := range scans {
			y := row*unit + (2*scan+1)*unit/(2*scans)
			crossings = crossings[:0]
			for _, e := range edges {
				if e.y0 <= y && y < e.y1 {
					crossings = append(crossings, crossing{e.x0 + (y-e.y0)*(e.x1-e.x0)/(e.y1-e.y0), e.winding})
				}
			}
			slices.SortFunc(crossings, func(a, b crossing) int { return cmp.Compare(a.x, b.x) })
			winding := 0
			for i, c := range crossings {
				if winding != 0 {
					add(cover, crossings[i-1].x, c.x)
				}
				winding += c.winding
			}
		}
		for x, c := range cover {
			mask.Pix[mask.PixOffset(x, row)] = uint8((c*255 + scans*unit/2) / (scans * unit))
		}
	}
	return mask
}

// add covers pixels from one place of a line to another, in 64ths.
func add(cover []int, from, to int) {
	from, to = max(from, 0), min(to, len(cover)*unit)
	for from < to {
		end := min(to, from-from%unit+unit)
		cover[from/unit] += end - from
		from = end
	}
}
