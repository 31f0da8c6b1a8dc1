package report

import "fmt"

// mapColours is the largest number of classes that have a colour each.
const mapColours = 8

// drawMap draws the images as a scatter plot, coloured by class if there are few
// classes; mistakes are ringed. Points link to images that are shown.
func drawMap(p *Page, m *projection, predicted []int, shown func(row int) bool) figure {
	c := newChart(840, 480, around(component(1, m), m.x), around(component(2, m), m.y))
	f := figure{}
	if len(p.Labels) <= mapColours {
		for k, l := range p.Labels {
			f.Legend = append(f.Legend, legendLine{fmt.Sprintf("k%d", k), plain(l)})
		}
	} else {
		f.Legend = append(f.Legend, legendLine{"main", "right"})
	}
	f.Legend = append(f.Legend, legendLine{"wrong", "mistakes"})
	for _, mistakes := range []bool{false, true} { // on top
		for k, i := range m.rows {
			if (p.Y[i] != predicted[i]) == mistakes {
				c.dot(p, i, predicted[i], c.at(point{m.x[k], m.y[k]}), shown(i))
			}
		}
	}
	if len(m.rows) < len(p.Y) {
		f.Caption = fmt.Sprintf("%d of the %d images are drawn.", len(m.rows), len(p.Y))
	}
	f.Chart = c.done("Map of the features")
	return f
}

func component(k int, m *projection) string {
	return fmt.Sprintf("component %d, %s of the variance", k, percent(m.explained[k-1]))
}

func (c *chart) dot(p *Page, i, predicted int, at point, linked bool) {
	y := p.Y[i]
	class := "main"
	if len(p.Labels) <= mapColours {
		class = fmt.Sprintf("k%d", y)
	}
	radius, title := 4.0, fmt.Sprintf("%s: %s, %s sure", p.Names[i], p.Labels[predicted], certainty(p.row(i)[predicted]))
	if predicted != y {
		class, radius = class+" wrong", 5
		title = fmt.Sprintf("%s: %s taken for %s, %s sure", p.Names[i], p.Labels[y], p.Labels[predicted], certainty(p.row(i)[predicted]))
	}
	if linked {
		c.open("a", "href", "#"+imageID(i), "data-row", i)
		defer c.close("a")
	}
	c.addTitled(title, "circle", "class", "dot "+class, "cx", at.x, "cy", at.y, "r", radius)
}
