package jpeg

// The scans of a file may visit each block of its picture visits times on the whole, and freeVisits
// blocks beside. Encoders write about ten scans; a small file may ask for more of a huge picture than
// anyone waits for.
const (
	visits     = 24
	freeVisits = 1 << 24
)

// freeBlocks is how many blocks a picture in several scans may have, whatever the size of its file.
// Their coefficients take 64 MiB.
const freeBlocks = 1 << 19

// readScans reads all scans of a picture into the components' coefficients (consume_data in
// jdcoefct.c). Unlike a single scan, they have to be followed by the end-of-image marker.
func (d *Decoder) readScans() error {
	if err := d.startScans(); err != nil {
		return err
	}
	for i := range d.frame.components {
		c := &d.frame.components[i]
		c.coefs = grow(c.coefs, 64*d.frame.mcusX*c.h*d.frame.mcusY*c.v)
		clear(c.coefs)
	}
	for more := true; more; {
		if err := d.begin(); err != nil {
			return err
		}
		if err := d.checkScan(); err != nil {
			return err
		}
		if d.scan.n == 1 {
			d.scanAlone(&d.frame.components[d.scan.selected[0]])
		} else {
			d.scanTogether()
		}
		d.pos = d.scan.bits.pos
		var err error
		if more, err = d.nextScan(); err != nil {
			return err
		}
	}
	d.smooth = d.wantsSmoothing()
	return nil
}

// startScans forgets what the scans of the last file told. It refuses a large picture in a file that
// is too small to have it, before room is made for its coefficients: every block takes a bit.
func (d *Decoder) startScans() error {
	blocks := 0
	for i := range d.frame.components {
		blocks += d.frame.components[i].blocks()
	}
	if blocks > freeBlocks && len(d.data) < blocks/8 {
		return broken("%d bytes cannot have %d×%d pixels", len(d.data), d.frame.width, d.frame.height)
	}
	for i := range d.progress {
		d.progress[i].reset()
	}
	d.visited = 0
	return nil
}

// checkScan checks what a scan's header says against those before it.
func (d *Decoder) checkScan() error {
	limit := freeVisits
	for i := range d.frame.components {
		limit += visits * d.frame.components[i].blocks()
	}
	for _, i := range d.scan.components() {
		d.visited += d.frame.components[i].blocks()
	}
	if d.visited > limit {
		return unsupported("%d scans of so large a picture", d.scans)
	}
	if d.frame.progressive {
		return d.checkProgression()
	}
	return nil
}

func (c *component) blocks() int { return c.blocksX * c.blocksY }

// Unsent says whether b is a progressive file in which scans are missing, so that coefficients are
// estimated from those around (see smoothing.go). Versions of libjpeg differ in such files. It
// reads the scans' headers only, and returns the error of one that Decode would refuse.
func (d *Decoder) Unsent(b []byte) (bool, error) {
	if err := d.open(b); err != nil || !d.frame.progressive && d.scan.n == len(d.frame.components) {
		return false, err
	}
	if err := d.startScans(); err != nil {
		return false, err
	}
	for more := true; more; {
		if err := d.latchQuant(); err != nil {
			return false, err
		}
		if err := d.checkScan(); err != nil {
			return false, err
		}
		var err error
		if more, err = d.nextScan(); err != nil {
			return false, err
		}
	}
	return d.wantsSmoothing(), nil
}

// scanAlone reads a scan of one component: its blocks row by row, without those that only fill up
// MCUs (T.81 A.2.2).
func (d *Decoder) scanAlone(c *component) {
	for y := range c.blocksY {
		for x := range c.blocksX {
			if d.mcu(y / c.v) {
				d.store(c, y, x)
			} else if d.restart == 0 {
				return
			}
		}
	}
}

// scanTogether reads a scan of several components, MCU by MCU (A.2.3).
func (d *Decoder) scanTogether() {
	for y := range d.frame.mcusY {
		for x := range d.frame.mcusX {
			if d.mcu(y) {
				d.storeMCU(y, x)
			} else if d.restart == 0 {
				return
			}
		}
	}
}

func (d *Decoder) storeMCU(y, x int) {
	for _, i := range d.scan.components() {
		c := &d.frame.components[i]
		for v := range c.v {
			for h := range c.h {
				d.store(c, y*c.v+v, x*c.h+h)
			}
		}
	}
}

// mcu prepares for an MCU in row m; it is false if there is no data for it.
func (d *Decoder) mcu(m int) bool {
	if d.scan.bits.fake > 0 {
		d.scan.finish()
	}
	if !d.scan.dry {
		d.lastGood = m
	}
	return d.scan.mcu(&d.header)
}

// store decodes what the scan has of a block.
func (d *Decoder) store(c *component, y, x int) {
	coefs := d.coefs(c, y, x)
	if d.frame.progressive {
		d.scan.refine(c, coefs)
		return
	}
	d.scan.sequential(&d.blk, c, &unit)
	coefs[0] = int16(d.blk.c[0])
	for i, v := range d.blk.c {
		if v != 0 { // a second scan of the component adds to the first
			coefs[i] = int16(v)
		}
	}
}

// coefs returns the coefficients of a block, in row order and not yet dequantised.
func (d *Decoder) coefs(c *component, y, x int) *[64]int16 {
	at := 64 * (y*d.frame.mcusX*c.h + x)
	return (*[64]int16)(c.coefs[at:])
}

// transformRow transforms the blocks of row m of MCUs that the window needs (decompress_data).
func (d *Decoder) transformRow(m int) {
	for i := range d.frame.components {
		c := &d.frame.components[i]
		for v := range c.v {
			y := m*c.v + v
			if y >= c.blocksY {
				break
			}
			for x := c.left; x < c.right; x++ {
				coefs := d.coefs(c, y, x)
				if d.smooth {
					coefs = d.smoothed(i, y, x)
				}
				d.blk.dequantise(coefs, c.step)
				d.blk.inverse(c.at(m&1*c.v+v, x), c.stride, c.size)
			}
		}
	}
}

// dequantise multiplies coefficients by their steps; products keep 16 bits. A component that no
// scan told of has no steps, and is gray.
func (blk *block) dequantise(coefs *[64]int16, step *[64]int32) {
	blk.clear()
	if step == nil {
		return
	}
	for k := range 64 {
		at := zigzag[k] & 63
		if v := coefs[at]; v != 0 {
			p := int32(int16(int32(v) * step[at]))
			blk.c[at] = p
			blk.total += abs(p)
			if k > 0 {
				blk.seen |= places[k]
			}
		}
	}
}
