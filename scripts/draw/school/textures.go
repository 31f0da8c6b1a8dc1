package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

// ground is a texture: how far a place (in units about one detail wide)
// is on the way from the first colour to the second, 0…1.
type ground func(s *scene.Stage) func(x, y float64) float64

func textures() []scene.Class {
	return []scene.Class{
		texture("stripes", stripes), texture("checks", checks), texture("dots", dots),
		texture("bricks", bricks), texture("combs", combs), texture("waves", waves),
		texture("zigzags", zigzags), texture("grids", grids), texture("weaves", weaves),
		texture("scales", scales), texture("marble", marble), texture("woods", woods),
		texture("targets", targets), texture("pebbles", pebbles), texture("speckles", speckles),
		texture("plaids", plaids),
	}
}

// texture fills the whole picture, or a blob on the usual background.
func texture(name string, g ground) scene.Class {
	return scene.Class{Name: name, Full: true, Draw: func(s *scene.Stage) {
		a, b := s.Colour(0.1), s.Colour(0.5)
		if d := a.Luma() - b.Luma(); d*d < 0.04 {
			b = b.Times(0.45)
		}
		f, k := g(s), s.Between(3, 8)
		turned := paint.Identity.Turn(s.Between(0, 2*math.Pi)).Scale(1/k, 1/k)
		shader := s.Local(turned, func(x, y float64) paint.RGB { return a.Mix(b, float32(f(x, y))) })
		shader = s.Mottled(shader, float32(s.Between(0, 0.25)), s.Between(0.2, 1))
		s.Fill(paint.Ellipse(0, 0, 6, 6), paint.Identity, shader)
	}}
}

func frac(x float64) float64 { return x - math.Floor(x) }

// soft is a step from 0 to 1 about zero, w wide.
func soft(x, w float64) float64 { return min(max(x/w+0.5, 0), 1) }

func stripes(s *scene.Stage) func(x, y float64) float64 {
	part, bend := s.Between(0.3, 0.7), s.Between(0, 0.15)
	return func(x, y float64) float64 { return soft(math.Abs(frac(x+bend*math.Sin(y))-0.5)-part/2, 0.08) }
}

func checks(*scene.Stage) func(x, y float64) float64 {
	return func(x, y float64) float64 { return float64((int(math.Floor(x)) + int(math.Floor(y))) & 1) }
}

func dots(s *scene.Stage) func(x, y float64) float64 {
	r := s.Between(0.2, 0.42)
	return func(x, y float64) float64 {
		if int(math.Floor(y))&1 == 1 {
			x += 0.5
		}
		u, v := frac(x)-0.5, frac(y)-0.5
		return soft(math.Sqrt(u*u+v*v)-r, 0.08)
	}
}

func bricks(s *scene.Stage) func(x, y float64) float64 {
	gap, long := s.Between(0.08, 0.2), s.Between(1.8, 2.6)
	return func(x, y float64) float64 {
		x += long / 2 * float64(int(math.Floor(y))&1)
		d := min(frac(x/long)*long, frac(y))
		return soft(gap-d, 0.06)
	}
}

// combs are hexagons: the distance between the two nearest centres is zero
// on their edges.
func combs(s *scene.Stage) func(x, y float64) float64 {
	const h = 0.8660254
	wall := s.Between(0.05, 0.12)
	cell := func(x, y float64) float64 {
		u, v := x-math.Round(x), (y/(2*h)-math.Round(y/(2*h)))*2*h
		return u*u + v*v
	}
	return func(x, y float64) float64 {
		a, b := cell(x, y), cell(x+0.5, y+h)
		edge := math.Abs(math.Sqrt(a) - math.Sqrt(b))
		side := 0.5 - math.Abs(frac(x+0.5)-0.5)
		if b < a {
			side = 0.5 - math.Abs(frac(x)-0.5)
		}
		return soft(wall-min(edge, 2*side), 0.05)
	}
}

func waves(s *scene.Stage) func(x, y float64) float64 {
	high, part := s.Between(0.25, 0.45), s.Between(0.35, 0.65)
	return func(x, y float64) float64 {
		return soft(math.Abs(frac(y+high*math.Sin(2.4*x))-0.5)-part/2, 0.1)
	}
}

func zigzags(s *scene.Stage) func(x, y float64) float64 {
	part := s.Between(0.35, 0.65)
	return func(x, y float64) float64 {
		return soft(math.Abs(frac(y+1.4*math.Abs(frac(x/1.6)-0.5))-0.5)-part/2, 0.1)
	}
}

func grids(s *scene.Stage) func(x, y float64) float64 {
	w := s.Between(0.06, 0.16)
	return func(x, y float64) float64 {
		d := min(math.Abs(frac(x)-0.5), math.Abs(frac(y)-0.5))
		return soft(w-d, 0.06)
	}
}

func weaves(*scene.Stage) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		u, v := frac(x)-0.5, frac(y)-0.5
		if (int(math.Floor(x))+int(math.Floor(y)))&1 == 1 {
			u, v = v, u
		}
		if math.Abs(v) > 0.42 {
			return 1
		}
		return 0.7 * u * u * 4
	}
}

func scales(*scene.Stage) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		best := 1.0
		for row := 1.0; row >= 0; row-- {
			j := math.Floor(2*y) + row
			u := frac(x+0.5*float64(int(j)&1)) - 0.5
			v := y - j/2 + 0.5
			if d := math.Sqrt(u*u + v*v); v > 0 && d < 0.62 {
				best = d / 0.62
				break
			}
		}
		return best * best * best
	}
}

func marble(s *scene.Stage) func(x, y float64) float64 {
	f := paint.NewField(s.R)
	return func(x, y float64) float64 {
		t := math.Abs(math.Sin(x*1.2 + 3*float64(f.Cloud(x*0.7, y*0.7, 3))))
		return t * t
	}
}

func woods(s *scene.Stage) func(x, y float64) float64 {
	f := paint.NewField(s.R)
	return func(x, y float64) float64 {
		return frac(1.5*x + 1.5*float64(f.At(x*0.4, y*0.08)) + 0.3*float64(f.At(x*3, y*0.3)))
	}
}

func targets(s *scene.Stage) func(x, y float64) float64 {
	cx, cy, part := s.Spread(2), s.Spread(2), s.Between(0.35, 0.65)
	return func(x, y float64) float64 {
		r := math.Sqrt((x-cx)*(x-cx) + (y-cy)*(y-cy))
		return soft(math.Abs(frac(r)-0.5)-part/2, 0.1)
	}
}

// pebbles are the cells of scattered points (Worley's noise).
func pebbles(s *scene.Stage) func(x, y float64) float64 {
	f := paint.NewField(s.R)
	return func(x, y float64) float64 {
		first, second := 9.0, 9.0
		i, j := math.Floor(x), math.Floor(y)
		for di := -1.0; di <= 1; di++ {
			for dj := -1.0; dj <= 1; dj++ {
				u := i + di + 0.5 + 0.5*float64(f.At(i+di, j+dj)) - x
				v := j + dj + 0.5 + 0.5*float64(f.At(i+di+31, j+dj+17)) - y
				switch d := u*u + v*v; {
				case d < first:
					first, second = d, first
				case d < second:
					second = d
				}
			}
		}
		return soft(0.12-(math.Sqrt(second)-math.Sqrt(first)), 0.12)
	}
}

func speckles(s *scene.Stage) func(x, y float64) float64 {
	f, level := paint.NewField(s.R), s.Between(0.1, 0.4)
	return func(x, y float64) float64 { return soft(float64(f.At(x*1.8, y*1.8))-level, 0.1) }
}

func plaids(s *scene.Stage) func(x, y float64) float64 {
	a, b := s.Between(0.2, 0.4), s.Between(0.03, 0.1)
	line := func(x float64) float64 {
		x = math.Abs(frac(x/2) - 0.5)
		if x < a/2 || math.Abs(x-0.38) < b/2 {
			return 0.5
		}
		return 0
	}
	return func(x, y float64) float64 { return line(x) + line(y) }
}
