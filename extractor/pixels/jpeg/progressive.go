package jpeg

// progress is how exactly each coefficient of a component is known: the bit position down to which
// its bits were sent, or −1 (coef_bits in jdphuff.c).
type progress struct {
	bits   [64]int8
	before [smoothed]int8 // of the first ones, before the last scan of the component
}

func (p *progress) reset() {
	for i := range p.bits {
		p.bits[i] = -1
	}
	for i := range p.before {
		p.before[i] = -1
	}
}

// checkProgression refuses scans with senseless parameters (T.81 table B.3, G.1.1.1;
// start_pass_phuff_decoder), and notes what the scan tells. Scans that repeat or leave out bits are
// read, as libjpeg reads them.
func (d *Decoder) checkProgression() error {
	s := &d.scan
	dcBand := s.first == 0
	switch {
	case dcBand && s.last != 0,
		!dcBand && (s.first > s.last || s.last > 63 || s.n != 1),
		s.high != 0 && s.low != s.high-1,
		s.low > 13:
		return broken("a progressive scan has the parameters %d to %d, bits %d to %d",
			s.first, s.last, s.high, s.low)
	}
	for _, i := range s.components() {
		p := &d.progress[i]
		for k := min(s.first, 1); k <= max(s.last, smoothed-1); k++ {
			if k < smoothed {
				p.before[k] = 0
				if d.scans > 1 {
					p.before[k] = p.bits[k]
				}
			}
		}
		for k := s.first; k <= s.last; k++ {
			p.bits[k] = int8(s.low)
		}
	}
	return nil
}

// refine decodes the scan's part of one block into the coefficients, which are in row order.
func (s *scan) refine(c *component, coefs *[64]int16) {
	switch {
	case s.first == 0 && s.high == 0:
		s.dcFirst(c, coefs)
	case s.first == 0:
		if s.bits.take(1) != 0 {
			coefs[0] |= 1 << s.low
		}
	case s.high == 0:
		s.acFirst(&s.ac[c.ac&3], coefs)
	default:
		s.acRefine(&s.ac[c.ac&3], coefs)
	}
}

// dcFirst is decode_mcu_DC_first (G.1.2.1).
func (s *scan) dcFirst(c *component, coefs *[64]int16) {
	if size := s.dc[c.dc&3].symbol(&s.bits); size > 0 {
		c.predict += extend(s.bits.take(uint(size)), uint(size))
	}
	coefs[0] = int16(c.predict << s.low)
}

// acFirst is decode_mcu_AC_first (G.1.2.2).
func (s *scan) acFirst(table *huffman, coefs *[64]int16) {
	if s.eobRun > 0 {
		s.eobRun--
		return
	}
	for k := s.first; k <= s.last; k++ {
		symbol := table.symbol(&s.bits)
		run, size := int(symbol>>4), uint(symbol&15)
		switch {
		case size > 0:
			k += run
			coefs[zigzag[k&127]&63] = int16(extend(s.bits.take(size), size) << s.low)
		case run == 15:
			k += 15
		default:
			s.eobRun = s.endOfBands(run) - 1
			return
		}
	}
}

// endOfBands is how many blocks, from this one on, have nothing more in the band.
func (s *scan) endOfBands(run int) int {
	n := 1 << run
	if run > 0 {
		n += int(s.bits.take(uint(run)))
	}
	return n
}

// acRefine is decode_mcu_AC_refine (G.1.2.3).
func (s *scan) acRefine(table *huffman, coefs *[64]int16) {
	k := s.first
	for s.eobRun == 0 && k <= s.last {
		symbol := table.symbol(&s.bits)
		run, fresh := int(symbol>>4), int16(0)
		if symbol&15 != 0 {
			fresh = -1 << s.low
			if s.bits.take(1) != 0 {
				fresh = 1 << s.low
			}
		} else if run != 15 {
			s.eobRun = s.endOfBands(run)
			break
		}
		k = s.correct(coefs, k, run)
		if fresh != 0 {
			coefs[zigzag[k&127]&63] = fresh
		}
		k++
	}
	if s.eobRun > 0 {
		s.correct(coefs, k, 64)
		s.eobRun--
	}
}

// correct reads a bit for each coefficient from k on that is other than zero, and steps over run
// zeros. It returns the place of the zero after them, or the one after the band.
func (s *scan) correct(coefs *[64]int16, k, run int) int {
	bit := int16(1) << s.low
	for ; k <= s.last; k++ {
		v := &coefs[zigzag[k&127]&63]
		if *v == 0 {
			if run == 0 {
				break
			}
			run--
			continue
		}
		if s.bits.take(1) != 0 && *v&bit == 0 {
			if *v >= 0 {
				*v += bit
			} else {
				*v -= bit
			}
		}
	}
	return k
}
