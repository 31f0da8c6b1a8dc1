#include "textflag.h"

// func weighAVX2(dst, rows *byte, n, stride uint64, weights *int32, taps uint64)
TEXT ·weighAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ rows+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ stride+24(FP), R10
	MOVQ weights+32(FP), R8
	MOVQ taps+40(FP), R9
	MOVL $0x200000, AX // half
	VMOVD AX, X15
	VPBROADCASTD X15, Y15

next:
	VMOVDQA Y15, Y0 // sums of bytes 0…7
	VMOVDQA Y15, Y1 // of bytes 8…15
	MOVQ SI, R11
	MOVQ R8, R12
	MOVQ R9, R13

tap:
	VPBROADCASTD (R12), Y2
	VPMOVZXBD (R11), Y3
	VPMOVZXBD 8(R11), Y4
	VPMULLD Y2, Y3, Y3
	VPMULLD Y2, Y4, Y4
	VPADDD Y3, Y0, Y0
	VPADDD Y4, Y1, Y1
	ADDQ R10, R11
	ADDQ $4, R12
	DECQ R13
	JNZ tap

	VPSRAD $22, Y0, Y0
	VPSRAD $22, Y1, Y1
	VPACKSSDW Y1, Y0, Y0 // of each half of Y0 and Y1 in turn
	VPERMQ $0xd8, Y0, Y0 // in order
	VEXTRACTI128 $1, Y0, X1
	VPACKUSWB X1, X0, X0 // clips to 0…255
	VMOVDQU X0, (DI)
	ADDQ $16, SI
	ADDQ $16, DI
	SUBQ $16, CX
	JNZ next

	VZEROUPPER
	RET

// Which of the four bytes that are read with a pixel go to which sums: red, red, green, green and, in
// the upper half, blue, blue, nothing. The first pixel is read from its red on, the others from the byte before.
DATA firstPixel<>+0(SB)/8, $0x8080800080808000
DATA firstPixel<>+8(SB)/8, $0x8080800180808001
DATA firstPixel<>+16(SB)/8, $0x8080800280808002
DATA firstPixel<>+24(SB)/8, $0x8080808080808080
GLOBL firstPixel<>(SB), RODATA|NOPTR, $32
DATA otherPixel<>+0(SB)/8, $0x8080800180808001
DATA otherPixel<>+8(SB)/8, $0x8080800280808002
DATA otherPixel<>+16(SB)/8, $0x8080800380808003
DATA otherPixel<>+24(SB)/8, $0x8080808080808080
GLOBL otherPixel<>(SB), RODATA|NOPTR, $32

// func rowAVX2(dst, src *byte, fours *[4]int32, until *int, n uint64)
TEXT ·rowAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ fours+16(FP), R8
	MOVQ until+24(FP), R9
	MOVQ n+32(FP), CX
	MOVL $0x200000, AX // half
	VMOVD AX, X15
	VPBROADCASTD X15, Y15
	VPSLLQ $32, Y15, Y12 // an output that begins
	VMOVDQU otherPixel<>(SB), Y13
	VMOVDQU firstPixel<>(SB), Y14
	MOVQ $2, R10 // from the first pixel to the byte before the second
	XORQ BX, BX  // input
	VMOVDQA Y15, Y0 // sums of this output and the next, by colour
	VMOVDQA Y15, Y1 // of the two after them

output:
	MOVQ (R9), R12
	CMPQ BX, R12
	JGE finish

pixel:
	VPBROADCASTD (SI), Y2
	VPSHUFB Y14, Y2, Y2
	VPBROADCASTQ (R8), Y3
	VPBROADCASTQ 8(R8), Y4
	VPMULLD Y2, Y3, Y3
	VPMULLD Y2, Y4, Y4
	VPADDD Y3, Y0, Y0
	VPADDD Y4, Y1, Y1
	VMOVDQA Y13, Y14
	ADDQ R10, SI
	MOVQ $3, R10
	ADDQ $16, R8
	INCQ BX
	CMPQ BX, R12
	JLT pixel

finish:
	VPSRAD $22, Y0, Y2
	VEXTRACTI128 $1, Y2, X3
	VPACKSSDW X3, X2, X2
	VPACKUSWB X2, X2, X2 // clips to 0…255
	VPEXTRB $0, X2, (DI)
	VPEXTRB $2, X2, 1(DI)
	VPEXTRB $4, X2, 2(DI)
	VPSRLQ $32, Y0, Y0 // the next output becomes this one
	VPSLLQ $32, Y1, Y3
	VPOR Y3, Y0, Y0
	VPSRLQ $32, Y1, Y1
	VPOR Y12, Y1, Y1
	ADDQ $3, DI
	ADDQ $8, R9
	DECQ CX
	JNZ output

	VZEROUPPER
	RET
