package inception

import "graft/onnx"

// A trunk writes the network layer by layer. The builder keeps the first
// error, so that the network below reads as a network; shapes are those at
// 299×299 and width 1.
type trunk struct {
	*onnx.Builder
	weights Weights
	width   float64
	first   *normalisation // to be folded into the next convolution; nil after the first
	taps    []onnx.Tap
	list    *[]Parameter // if not nil, parameters are listed here and not read
}

// A layer is a value of the graph, n×channels×h×w.
type layer struct {
	name     string
	channels int64
}

func (t *trunk) network() {
	x := t.pixels()                            // n×3×299×299
	x = t.conv(x, "Conv2d_1a_3x3", 32, half)   // n×32×149×149
	x = t.conv(x, "Conv2d_2a_3x3", 32, valid)  // n×32×147×147
	x = t.conv(x, "Conv2d_2b_3x3", 64, k3x3)   // n×64×147×147
	x = t.maxPool(x, "maxpool1")               // n×64×73×73
	x = t.conv(x, "Conv2d_3b_1x1", 80, k1x1)   // n×80×73×73
	x = t.conv(x, "Conv2d_4a_3x3", 192, valid) // n×192×71×71
	x = t.maxPool(x, "maxpool2")               // n×192×35×35
	x = t.blockA(x, "Mixed_5b", 32)            // n×256×35×35
	x = t.blockA(x, "Mixed_5c", 64)            // n×288×35×35
	x = t.blockA(x, "Mixed_5d", 64)            // n×288×35×35
	mixed5d := x
	x = t.blockB(x, "Mixed_6a")      // n×768×17×17
	x = t.blockC(x, "Mixed_6b", 128) // n×768×17×17
	x = t.blockC(x, "Mixed_6c", 160) // n×768×17×17
	x = t.blockC(x, "Mixed_6d", 160) // n×768×17×17
	x = t.blockC(x, "Mixed_6e", 192) // n×768×17×17
	mixed6e := x
	x = t.blockD(x, "Mixed_7a") // n×1280×8×8
	mixed7a := x
	x = t.blockE(x, "Mixed_7b") // n×2048×8×8
	x = t.blockE(x, "Mixed_7c") // n×2048×8×8

	t.tap(x, "features") // n×2048
	t.tap(mixed5d, "Mixed_5d")
	t.tap(mixed6e, "Mixed_6e")
	t.tap(mixed7a, "Mixed_7a")
}

func (t *trunk) blockA(x layer, name string, pool int64) layer {
	a := t.conv(x, name+".branch1x1", 64, k1x1)

	b := t.conv(x, name+".branch5x5_1", 48, k1x1)
	b = t.conv(b, name+".branch5x5_2", 64, k5x5)

	c := t.conv(x, name+".branch3x3dbl_1", 64, k1x1)
	c = t.conv(c, name+".branch3x3dbl_2", 96, k3x3)
	c = t.conv(c, name+".branch3x3dbl_3", 96, k3x3)

	d := t.avgPool(x, name+".pool")
	d = t.conv(d, name+".branch_pool", pool, k1x1)

	return t.concat(name, a, b, c, d)
}

func (t *trunk) blockB(x layer, name string) layer {
	a := t.conv(x, name+".branch3x3", 384, half)

	b := t.conv(x, name+".branch3x3dbl_1", 64, k1x1)
	b = t.conv(b, name+".branch3x3dbl_2", 96, k3x3)
	b = t.conv(b, name+".branch3x3dbl_3", 96, half)

	c := t.maxPool(x, name+".pool")

	return t.concat(name, a, b, c)
}

func (t *trunk) blockC(x layer, name string, c7 int64) layer {
	a := t.conv(x, name+".branch1x1", 192, k1x1)

	b := t.conv(x, name+".branch7x7_1", c7, k1x1)
	b = t.conv(b, name+".branch7x7_2", c7, k1x7)
	b = t.conv(b, name+".branch7x7_3", 192, k7x1)

	c := t.conv(x, name+".branch7x7dbl_1", c7, k1x1)
	c = t.conv(c, name+".branch7x7dbl_2", c7, k7x1)
	c = t.conv(c, name+".branch7x7dbl_3", c7, k1x7)
	c = t.conv(c, name+".branch7x7dbl_4", c7, k7x1)
	c = t.conv(c, name+".branch7x7dbl_5", 192, k1x7)

	d := t.avgPool(x, name+".pool")
	d = t.conv(d, name+".branch_pool", 192, k1x1)

	return t.concat(name, a, b, c, d)
}

func (t *trunk) blockD(x layer, name string) layer {
	a := t.conv(x, name+".branch3x3_1", 192, k1x1)
	a = t.conv(a, name+".branch3x3_2", 320, half)

	b := t.conv(x, name+".branch7x7x3_1", 192, k1x1)
	b = t.conv(b, name+".branch7x7x3_2", 192, k1x7)
	b = t.conv(b, name+".branch7x7x3_3", 192, k7x1)
	b = t.conv(b, name+".branch7x7x3_4", 192, half)

	c := t.maxPool(x, name+".pool")

	return t.concat(name, a, b, c)
}

func (t *trunk) blockE(x layer, name string) layer {
	a := t.conv(x, name+".branch1x1", 320, k1x1)

	b := t.conv(x, name+".branch3x3_1", 384, k1x1)
	b1 := t.conv(b, name+".branch3x3_2a", 384, k1x3)
	b2 := t.conv(b, name+".branch3x3_2b", 384, k3x1)

	c := t.conv(x, name+".branch3x3dbl_1", 448, k1x1)
	c = t.conv(c, name+".branch3x3dbl_2", 384, k3x3)
	c1 := t.conv(c, name+".branch3x3dbl_3a", 384, k1x3)
	c2 := t.conv(c, name+".branch3x3dbl_3b", 384, k3x1)

	d := t.avgPool(x, name+".pool")
	d = t.conv(d, name+".branch_pool", 192, k1x1)

	return t.concat(name, a, b1, b2, c1, c2, d)
}
