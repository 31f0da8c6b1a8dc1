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
