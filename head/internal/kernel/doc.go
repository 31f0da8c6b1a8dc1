// Package kernel holds the loops that training a head spends its time in: products of
// matrices, the step of RMSprop, softmax. [Block] and [Step.Apply] are the two to look at first.
//
// Each kernel exists as assembly for AVX2 and AVX-512, the most important ones for NEON, written by the program in gen, and as
// a twin in Go. All give the same bits, NaN aside, of which only that it is one is promised. So
// the order of operations is part of what a kernel is, and is this, every operation
// being rounded on its own (no fused multiply-add, unless said):
//
// A dot product of rows of d numbers has 32 bytes of partial sums: 8 of float32, 4 of float64. They
// begin with 0. Number k of the rows goes to sum k mod 8 (4), in the order of k. The d mod 8
// (4) numbers at the end all go to sum 0. Then, with q_l = p_l + p_(l+4), the product is
// (q_0 + q_1) + (q_2 + q_3); for float64, with p_(l+2), it is q_0 + q_1. It is
// added to what it is to be added to.
//
// A combination of rows, Σ_i δ_i·x_i, is added row after row to what is there.
//
// Everything else is done number by number, or in the order of the numbers. [Exp] alone
// uses fused multiply-add, of float64, which is exact in Go as well.
package kernel
