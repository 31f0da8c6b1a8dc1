package jpeg

// A progressive file may end before all its scans have come. Where the first AC coefficients of a
// component are not known exactly, libjpeg-turbo estimates those that are zero from the DC
// coefficients of the 5×5 blocks around (decompress_smooth_data in jdcoefct.c; T.81 K.8 does the
// same with 3×3). Pillow leaves that on.

// smoothed is the number of coefficients, in zigzag order, that are looked at.
const smoothed = 10

// kernel says how a coefficient follows from the DC coefficients around, row by row, in 1/256.
type kernel [25]int32

// exact are the kernels of coefficients 1 to 5 where some AC coefficients were sent.
var exact = [smoothed]kernel{
	1: {10: -7, 50, 0, -50, 7},
	2: {2: -7, 7: 50, 17: -50, 22: 7},
	3: {2: -1, 7: 13, 12: -24, 17: 13, 22: -1},
	4: {1: -1, 3: 1, 5: -1, 10, 0, -10, 1, 15: 1, -10, 0, 10, -1, 21: 1, 23: -1},
	5: {10: -1, 13, -24, 13, -1},
}

// blurred are the kernels of coefficients 0 to 9 where none was.
var blurred = [smoothed]kernel{
	0: {
		-2, -6, -8, -6, -2,
		-6, 6, 42, 6, -6,
		-8, 42, 152, 42, -8,
		-6, 6, 42, 6, -6,
		-2, -6, -8, -6, -2,
	},
	1: {
		-1, -1, 0, 1, 1,
		-3, 13, 0, -13, 3,
		-3, 38, 0, -38, 3,
		-3, 13, 0, -13, 3,
		-1, -1, 0, 1, 1,
	},
	2: {
		-1, -3, -3, -3, -1,
		-1, 13, 38, 13, -1,
		0, 0, 0, 0, 0,
		1, -13, -38, -13, 1,
		1, 3, 3, 3, 1,
	},
	3: {
		2: 1,
		6: 2, 7, 2,
		11: -5, -14, -5,
		16: 2, 7, 2,
		22: 1,
	},
	4: {
		-1, 0, 0, 0, 1,
		0, 9, 0, -9, 0,
		0, 0, 0, 0, 0,
		0, -9, 0, 9, 0,
		1, 0, 0, 0, -1,
	},
	5: {
		6: 2, -5, 2,
		10: 1, 7, -14, 7, 1,
		16: 2, -5, 2,
	},
	6: {6: 1, 0, -1, 11: 2, 0, -2, 16: 1, 0, -1},
	7: {6: 1, -3, 1, 16: -1, 3, -1},
	8: {6: 1, 0, -1, 11: -3, 0, 3, 16: 1, 0, -1},
	9: {6: 1, 2, 1, 16: -1, -2, -1},
}

// wantsSmoothing is smoothing_ok: the DC coefficients of all components are known at least partly,
// and some of the next nine are not exact.
func (d *Decoder) wantsSmoothing() bool {
	if !d.frame.progressive {
		return false
	}
	useful := false
	for i := range d.frame.components {
		c, p := &d.frame.components[i], &d.progress[i]
		if c.step == nil || p.bits[0] < 0 {
			return false
		}
		for k := range smoothed {
			if c.step[zigzag[k]] == 0 {
				return false
			}
			useful = useful || k > 0 && p.bits[k] != 0
			if d.scans == 1 {
				p.before[k] = -1
			}
		}
	}
	return useful
}

// smoothed returns a copy of the coefficients of a block of component i with the estimates in it.
func (d *Decoder) smoothed(i, y, x int) *[64]int16 {
	c, known := &d.frame.components[i], d.known(i, y)
	d.estimate = *d.coefs(c, y, x)
	kernels, first := &exact, 1
	if unsent(known) {
		kernels, first = &blurred, 0
	}
	around := d.around(c, y, x)
	for k := first; k < smoothed; k++ {
		at := zigzag[k]
		if k > 0 && (known[k] == 0 || d.estimate[at] != 0) || kernels[k] == (kernel{}) {
			continue
		}
		var sum int64
		for j, w := range kernels[k] {
			sum += int64(w) * int64(around[j])
		}
		limit := known[k]
		if k == 0 {
			limit = 0
		}
		d.estimate[at] = predict(sum*int64(c.step[0]), int64(c.step[at]), limit)
	}
	return &d.estimate
}

// known is how exactly the coefficients of a row of blocks are known: the last scan may have ended
// above it.
func (d *Decoder) known(i, y int) *[smoothed]int8 {
	if y/d.frame.components[i].v > d.lastGood {
		return &d.progress[i].before
	}
	return (*[smoothed]int8)(d.progress[i].bits[:])
}

// unsent says whether no AC coefficient was sent.
func unsent(known *[smoothed]int8) bool {
	for _, bits := range known[1:] {
		if bits != -1 {
			return false
		}
	}
	return true
}

// predict rounds sum/(256·step). Where bits down to position low were sent, and were zero, the
// estimate stays below 2^low.
func predict(sum, step int64, low int8) int16 {
	v := sum
	if v < 0 {
		v = -v
	}
	v = (step<<7 + v) / (step << 8)
	if low > 0 {
		v = min(v, 1<<low-1)
	}
	if sum < 0 {
		v = -v
	}
	return int16(v)
}

// around collects the DC coefficients of the 5×5 blocks around one. Beyond the edges, the blocks at
// the edge count again. The picture's last row is where libjpeg takes it to be: it counts each row
// of MCUs with as many rows of blocks as the present one has.
func (d *Decoder) around(c *component, y, x int) (dc [25]int32) {
	rows := c.v
	if m := y / c.v; m == d.frame.mcusY-1 {
		rows = c.blocksY - m*c.v
	}
	last := rows*d.frame.mcusY - 1
	here := y/c.v*rows + y%c.v
	for j := range 5 {
		row := y
		for step := range abs(int32(j - 2)) {
			switch at := here + int(step); {
			case j < 2 && here-int(step) > 0:
				row--
			case j > 2 && at < last:
				row++
			}
		}
		for i := range 5 {
			column := min(max(x+i-2, 0), c.blocksX-1)
			dc[5*j+i] = int32(d.coefs(c, row, column)[0])
		}
	}
	return dc
}
