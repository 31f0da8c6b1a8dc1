package pixels

// Values of the Predictor tag that are read.
const (
	predictorPlain  = 1
	predictorDiffer = 2
	predictorFloat  = 3
)

// predict undoes what a predictor did to a row of a block.
func (b *tiffBlocks) predict(row []byte) {
	switch {
	case b.predictor == predictorPlain || !b.predicts():
	case b.predictor == predictorFloat:
		b.floats(row)
	default:
		b.sum(row)
	}
}

// predicts says whether the compression is one that goes with a predictor.
func (b *tiffBlocks) predicts() bool {
	return b.compression == tiffLZW || b.compression == tiffZstd || b.deflated()
}

// checkPredictor refuses predictors of samples that they are not for.
func (b *tiffBlocks) checkPredictor() error {
	bits := b.layout.bits
	switch {
	case b.predictor == predictorPlain || !b.predicts():
	case b.predictor == predictorDiffer && (bits == 8 || bits == 16 || bits == 32):
	case b.predictor == predictorFloat && b.layout.format == tiffFloat:
	default:
		names := map[int]string{predictorDiffer: "differences", predictorFloat: "floating-point prediction"}
		return unsupported("TIFF with %s of %d bits, %s, is not read", named(names, b.predictor, "predictor"), bits, named(tiffFormats, b.layout.format, "sample format"))
	}
	return nil
}

// sum undoes horizontal differencing: each sample was stored less the one of the pixel to its left.
func (b *tiffBlocks) sum(row []byte) {
	size := b.layout.bits / 8
	pixel := b.samples * size
	for i := pixel; i+size <= len(row); i += size {
		carry := 0
		for k := range size {
			j := i + size - 1 - k // the lowest byte first
			if b.layout.little {
				j = i + k
			}
			carry += int(row[j]) + int(row[j-pixel])
			row[j] = byte(carry)
			carry >>= 8
		}
	}
}

// floats undoes the predictor of Adobe's Technical Note 3 on a row of 32-bit numbers: all highest
// bytes come first, then all next ones, and each byte is stored less the one to its left.
func (b *tiffBlocks) floats(row []byte) {
	for i := b.samples; i < len(row); i++ {
		row[i] += row[i-b.samples]
	}
	b.scratch = append(b.scratch[:0], row...)
	n := len(row) / 4
	for i := range n {
		for k := range 4 {
			j := 4*i + k
			if b.layout.little {
				j = 4*i + 3 - k
			}
			row[j] = b.scratch[k*n+i]
		}
	}
}
