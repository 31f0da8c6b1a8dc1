package flow

import "graft/extractor/pixels"

// A Slot is the right to decode an image, and the buffers for it.
type Slot struct {
	decoders map[pixels.Transform]*pixels.Decoder
	crop     []byte
}

func newSlot() *Slot { return &Slot{decoders: map[pixels.Transform]*pixels.Decoder{}} }

// decoder is the one for a transform, made when it is first needed.
func (s *Slot) decoder(t pixels.Transform, l pixels.Limits, jpeg string) (*pixels.Decoder, error) {
	if d := s.decoders[t]; d != nil {
		return d, nil
	}
	d := pixels.NewDecoder(t, l)
	if jpeg != "" {
		if err := d.UseJPEG(jpeg); err != nil {
			return nil, err
		}
	}
	if len(s.decoders) >= maxDecoders {
		clear(s.decoders)
	}
	s.decoders[t] = d
	return d, nil
}

// maxDecoders bounds what a slot keeps when models with other transforms come
// and go.
const maxDecoders = 8

// hugePixels is the size from which on a decoder is not kept: its buffers would
// stay as large as the largest image that ever came.
const hugePixels = 8 << 20

// Decode makes the crop of a file in dst, crop×crop×3 bytes of RGB, by a decoder of
// these settings. jpeg is as in pixels.Decoder.UseJPEG, "" for what is there.
func (s *Slot) Decode(dst, file []byte, t pixels.Transform, l pixels.Limits, jpeg string) (pixels.Info, error) {
	d, err := s.decoder(t, l, jpeg)
	if err != nil {
		return pixels.Info{}, err
	}
	info, err := d.Crop(dst, file)
	if info.Width*info.Height > hugePixels {
		delete(s.decoders, t)
	}
	return info, err
}

// Buffer is room for n bytes that the slot keeps.
func (s *Slot) Buffer(n int) []byte {
	if cap(s.crop) < n {
		s.crop = make([]byte, n)
	}
	return s.crop[:n]
}

// Forget forgets the decoders: one that has panicked may hold anything.
func (s *Slot) Forget() { clear(s.decoders) }
