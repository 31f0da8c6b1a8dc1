package jpeg

import (
	"bytes"
	"encoding/binary"
)

// Markers, T.81 table B.1.
const (
	markerSOF0 = 0xc0 // baseline; the kinds of frame go to 0xcf
	markerDHT  = 0xc4
	markerJPG  = 0xc8
	markerDAC  = 0xcc
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerDQT  = 0xdb
	markerDNL  = 0xdc
	markerDRI  = 0xdd
	markerAPP0 = 0xe0
	markerAPPE = 0xee
	markerAPPF = 0xef
	markerCOM  = 0xfe
	markerTEM  = 0x01
)

// header is what the segments read so far have said.
type header struct {
	data []byte
	pos  int // the next byte to read

	quant   [4]quantTable
	huffman [2][4]huffmanSpec // [DC, AC]
	restart int               // MCUs between restart markers, 0 = none (B.2.4.4)
	frame   frame
	scan    scan
	scans   int // how many were begun

	jfif      bool
	adobe     bool
	transform byte // Adobe's: 0 none, 1 YCbCr, 2 YCCK
}

// open starts on a file and reads up to its first scan.
func (h *header) open(b []byte) error {
	h.data, h.pos = b, 2
	h.restart, h.scans = 0, 0
	h.jfif, h.adobe, h.transform = false, false, 0
	h.frame.components = h.frame.components[:0]
	for i := range 4 {
		h.quant[i].defined = false
		h.huffman[0][i].defined = false
		h.huffman[1][i].defined = false
	}
	// libjpeg would look for the next marker; Pillow knows a JPEG by its first three bytes.
	if len(b) < 3 || b[0] != 0xff || b[1] != markerSOI || b[2] != 0xff {
		return broken("it does not begin with FF D8 FF")
	}
	more, err := h.nextScan()
	if err == nil && !more {
		return broken("it has tables but no picture")
	}
	return err
}

// nextScan reads segments up to the next scan; more is false at the end of the image.
func (h *header) nextScan() (more bool, err error) {
	for {
		marker, ok := h.nextMarker()
		switch {
		case !ok:
			return false, errTruncated
		case marker == markerEOI:
			return false, nil
		case marker >= markerRST0 && marker <= markerRST7, marker == markerTEM && h.scans > 0:
			continue // they have no segment
		case marker == markerSOI:
			return false, broken("a second image begins within it")
		case !hasSegment(marker):
			return false, broken("it has the unknown marker FF %02X", marker)
		}
		segment, err := h.segment()
		if err != nil {
			return false, err
		}
		if marker == markerSOS {
			return true, h.startOfScan(segment)
		}
		if err := h.read(marker, segment); err != nil {
			return false, err
		}
	}
}

// nextMarker skips to the next marker, over stray and filling bytes (B.1.1.2, next_marker).
func (h *header) nextMarker() (byte, bool) {
	for {
		i := bytes.IndexByte(h.data[h.pos:], 0xff)
		if i < 0 {
			h.pos = len(h.data)
			return 0, false
		}
		h.pos += i
		for h.pos < len(h.data) && h.data[h.pos] == 0xff {
			h.pos++
		}
		if h.pos == len(h.data) {
			return 0, false
		}
		h.pos++
		if m := h.data[h.pos-1]; m != 0 {
			return m, true
		}
	}
}

// segment returns the parameters of a marker segment (B.1.1.4) and steps over it.
func (h *header) segment() ([]byte, error) {
	rest := h.data[h.pos:]
	if len(rest) < 2 {
		return nil, errTruncated
	}
	n := int(binary.BigEndian.Uint16(rest))
	if n < 2 {
		return nil, errLength
	}
	if n > len(rest) {
		return nil, errTruncated
	}
	h.pos += n
	return rest[2:n], nil
}

var errLength = broken("a segment has the wrong length")

// read takes in one segment, as libjpeg's read_markers does.
func (h *header) read(marker byte, s []byte) error {
	switch {
	case marker == markerDQT:
		return h.quantTables(s)
	case marker == markerDHT:
		return h.huffmanTables(s)
	case marker == markerDRI:
		if len(s) != 2 {
			return errLength
		}
		h.restart = int(binary.BigEndian.Uint16(s))
	case marker == markerAPP0:
		h.jfif = h.jfif || len(s) >= 14 && string(s[:5]) == "JFIF\x00"
	case marker == markerAPPE:
		if len(s) >= 12 && string(s[:5]) == "Adobe" {
			h.adobe, h.transform = true, s[11]
		}
	case marker > markerAPP0 && marker <= markerAPPF, marker == markerCOM,
		marker == markerDNL, marker == markerDAC:
	case marker == markerJPG:
		return unsupported("it has a JPG extension marker")
	case marker >= markerSOF0 && marker <= 0xcf:
		return h.startOfFrame(marker, s)
	}
	return nil
}

// hasSegment says whether a marker is one that libjpeg knows, of those with parameters.
func hasSegment(marker byte) bool {
	return marker >= markerSOF0 && marker <= markerDRI ||
		marker >= markerAPP0 && marker <= markerAPPF || marker == markerCOM
}

// colors says what the components mean (default_decompress_parms in jdapimin.c).
func (h *header) colors() ColorModel {
	c := h.frame.components
	switch {
	case len(c) == 1:
		return Gray
	case len(c) == 4 && h.adobe && h.transform != 0:
		return YCCK
	case len(c) == 4:
		return CMYK
	case h.jfif:
		return YCbCr
	case h.adobe && h.transform == 0:
		return RGB
	case !h.adobe && c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B':
		return RGB
	}
	return YCbCr
}
