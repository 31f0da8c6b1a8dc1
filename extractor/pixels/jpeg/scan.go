package jpeg

// scan is what a start-of-scan segment says (T.81 B.2.3), and the state of its decoding.
type scan struct {
	selected   [4]int // components of the scan, by their place in the frame
	n          int    // how many
	first      int    // spectral selection: coefficients first to last
	last       int
	high, low  uint // successive approximation: bit positions, before and after
	dc, ac     [4]huffman
	bits       bits
	untilReset int  // MCUs until the next restart marker
	restarts   int  // restart markers that were due so far
	dry        bool // the data of this interval ended: blocks are zero until the next restart
	eobRun     int  // progressive: blocks that end at once
}

func (s *scan) components() []int { return s.selected[:s.n] }

// startOfScan reads a SOS segment, get_sos in jdmarker.c.
func (h *header) startOfScan(s []byte) error {
	if len(h.frame.components) == 0 {
		return broken("a scan comes before the frame")
	}
	if len(s) < 1 || s[0] < 1 || s[0] > 4 || len(s) != 4+2*int(s[0]) {
		return errLength
	}
	h.scans++
	h.scan.n = int(s[0])
	for i := range h.scan.n {
		ci, err := h.find(s[1+2*i], i)
		if err != nil {
			return err
		}
		h.scan.selected[i] = ci
		h.frame.components[ci].dc = int(s[2+2*i] >> 4)
		h.frame.components[ci].ac = int(s[2+2*i] & 15)
	}
	s = s[len(s)-3:]
	h.scan.first, h.scan.last = int(s[0]), int(s[1])
	h.scan.high, h.scan.low = uint(s[2]>>4), uint(s[2]&15)
	return nil
}

// find looks up the component that is the i-th of a scan. They have to come in the frame's order.
func (h *header) find(id byte, i int) (int, error) {
	for ci := i; ci < len(h.frame.components); ci++ {
		if h.frame.components[ci].id == id {
			for _, other := range h.scan.selected[:i] {
				if other == ci {
					return 0, broken("a scan names component %d twice", id)
				}
			}
			return ci, nil
		}
	}
	return 0, broken("a scan names component %d, which the frame does not have, or not there", id)
}

// begin prepares to decode the scan whose header was read: start_input_pass in jdinput.c.
func (h *header) begin() error {
	s := &h.scan
	if s.n > 1 {
		blocks := 0
		for _, i := range s.components() {
			blocks += h.frame.components[i].h * h.frame.components[i].v
		}
		if blocks > 10 {
			return broken("an MCU has %d blocks; 10 is the limit", blocks)
		}
	}
	if err := h.latchQuant(); err != nil {
		return err
	}
	if err := h.buildTables(); err != nil {
		return err
	}
	s.bits.data = h.data
	s.dry, s.restarts = false, 0
	s.reset(h, h.pos)
	return nil
}

// buildTables makes the Huffman tables that the scan's components name.
func (h *header) buildTables() error {
	s := &h.scan
	for _, i := range s.components() {
		c := &h.frame.components[i]
		needDC, needAC := true, true
		if h.frame.progressive {
			needDC, needAC = s.first == 0 && s.high == 0, s.first > 0
		}
		if needDC && c.dc > 3 || needAC && c.ac > 3 {
			return broken("a scan names a Huffman table over 3")
		}
		if needDC {
			if err := s.dc[c.dc].buildDC(&h.huffman[0][c.dc]); err != nil {
				return err
			}
		}
		if needAC {
			if err := s.ac[c.ac].build(&h.huffman[1][c.ac]); err != nil {
				return err
			}
		}
	}
	return nil
}

// reset begins an interval at pos (F.2.1.3.1).
func (s *scan) reset(h *header, pos int) {
	s.bits.restart(pos)
	s.untilReset, s.eobRun = h.restart, 0
	for i := range h.frame.components {
		h.frame.components[i].predict = 0
	}
}

// mcu is called before every MCU; it steps over a restart marker if one is due. It returns false
// if there is nothing to decode: the MCU's blocks stay as they are.
func (s *scan) mcu(h *header) bool {
	if s.bits.fake > 0 {
		s.finish()
	}
	if h.restart > 0 {
		if s.untilReset == 0 {
			s.resync(h)
		}
		s.untilReset--
	}
	return !s.dry
}

// finish looks whether the last MCU still had its data. If not, libjpeg has filled it with zeros,
// and leaves out the rest of the interval.
func (s *scan) finish() {
	if s.bits.exhausted() && !s.dry {
		s.dry = true
	}
}

// resync finds the restart marker that is due (process_restart in jdhuff.c). If another marker is
// in its place, it does as jpeg_resync_to_restart in jdmarker.c: a marker that comes too early is
// left for later, so that this interval has no data; one that is late is passed over.
func (s *scan) resync(h *header) {
	due := s.restarts & 7
	s.restarts++
	at := header{data: s.bits.data, pos: s.bits.pos}
	found, _ := at.passRestart(due)
	s.reset(h, at.pos)
	if found {
		s.dry = false
	}
}

// passRestart steps over the restart marker that is due, number due of eight, and over what is in
// its way; found is false before a marker that is left for later, ok at the end of the file.
func (h *header) passRestart(due int) (found, ok bool) {
	for {
		marker, ok := h.nextMarker()
		if !ok {
			return false, false
		}
		switch act(int(marker), due) {
		case resume:
			return true, true
		case wait:
			h.pos -= 2
			return false, true
		}
	}
}

const (
	resume = iota // go on after the marker
	skip          // look for the next one
	wait          // stay before it
)

// act says what to do about a marker where restart marker number due should be.
func act(marker, due int) int {
	if marker < markerSOF0 {
		return skip
	}
	if marker < markerRST0 || marker > markerRST7 {
		return wait
	}
	switch (marker - markerRST0 - due) & 7 {
	case 1, 2:
		return wait
	case 6, 7:
		return skip
	}
	return resume
}
