package jpeg

// read begins the first scan. If the picture comes in several, it reads them all.
func (d *Decoder) read() error {
	d.standardTables()
	if d.multi {
		return d.readScans()
	}
	if err := d.begin(); err != nil {
		return err
	}
	return d.checkTail()
}

// checkTail reads what follows the only scan, so that a broken end is found although the rows
// above it will be decoded later, or not at all. A file that ends without a marker is truncated,
// even if no bit is missing: libjpeg looks ahead for some, and Pillow takes its asking for the end.
func (d *Decoder) checkTail() error {
	restart := d.restart
	defer func() { d.restart = restart }()
	for due := range d.restartsDue() {
		if _, ok := d.passRestart(due & 7); !ok {
			return errTruncated
		}
	}
	for {
		marker, ok := d.nextMarker()
		if !ok {
			return errTruncated
		}
		if marker != markerTEM && (marker < markerRST0 || marker > markerRST7) {
			d.pos -= 2
			break
		}
	}
	more, err := d.nextScan()
	switch {
	case err == errTruncated:
		return nil // libjpeg has all rows by then
	case more:
		return broken("it has more than one scan, which its first does not announce")
	}
	return err
}

// restartsDue is the number of restart markers within the only scan.
func (d *Decoder) restartsDue() int {
	if d.restart == 0 {
		return 0
	}
	return (d.frame.mcusX*d.frame.mcusY - 1) / d.restart
}

// advance brings the planes up to row m of MCUs.
func (d *Decoder) advance(m int) {
	top := d.image.Rect.Min.Y
	for d.mcuRow <= m {
		// The row above the window may lend its last line of chroma to the interpolation.
		want := (d.mcuRow+1)*d.frame.maxV*d.size > top-2
		switch {
		case !d.multi:
			d.scanRow(d.mcuRow, want)
		case want:
			d.transformRow(d.mcuRow)
		}
		d.mcuRow++
	}
}

// scanRow decodes row m of the MCUs of the only scan, and transforms its blocks if want is set.
func (d *Decoder) scanRow(m int, want bool) {
	for x := range d.frame.mcusX {
		data := d.scan.mcu(&d.header)
		for _, i := range d.scan.components() {
			c := &d.frame.components[i]
			for v := range c.v {
				for h := range c.h {
					bx := x*c.h + h
					d.decode(c, data)
					if want && bx >= c.left && bx < c.right {
						d.blk.inverse(c.at(m&1*c.v+v, bx), c.stride, c.size)
					}
				}
			}
		}
	}
}

// decode decodes a block of the only scan, if there are data for it.
func (d *Decoder) decode(c *component, data bool) {
	if data {
		d.scan.sequential(&d.blk, c, c.step)
	} else {
		d.blk.clear()
	}
}

// at returns the place of a block in the plane, which has room for two rows of MCUs.
func (c *component) at(row, column int) []byte {
	return c.plane[(row*c.stride+column)*c.size:]
}
