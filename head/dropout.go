package head

// dropout sets values to 0 with probability limit/2³² and multiplies the others by scale. One draw
// decides about two values.
type dropout struct {
	random
	limit uint32
	scale float32
	half  uint32 // of a draw, if there is one left
	left  bool
}

func (o *dropout) apply(x []float32) {
	if o.left && len(x) > 0 {
		x[0] = o.keep(o.half, x[0])
		x, o.left = x[1:], false
	}
	for ; len(x) >= 2; x = x[2:] {
		u := o.Uint64()
		x[0], x[1] = o.keep(uint32(u), x[0]), o.keep(uint32(u>>32), x[1])
	}
	if len(x) == 1 {
		u := o.Uint64()
		x[0] = o.keep(uint32(u), x[0])
		o.half, o.left = uint32(u>>32), true
	}
}

func (o *dropout) keep(u uint32, v float32) float32 {
	if u < o.limit {
		return 0
	}
	return v * o.scale
}
