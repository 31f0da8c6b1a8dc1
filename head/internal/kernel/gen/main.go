//go:build avo

// Command gen writes the assembly of package kernel; "go generate" in the folder
// above runs it for every family.
package main

import (
	"flag"
	"log"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var families = map[string]func(){
	"dots32":    func() { both(dots, single) },
	"dots64":    func() { both(dots, double) },
	"combine32": func() { both(combine, single) },
	"combine64": func() { both(combine, double) },
	"rows":      rows,
	"update":    updates,
	"softmax":   softmax,
}

func main() {
	family := flag.String("family", "", "which kernels to write")
	flag.Parse()
	if strings.HasPrefix(*family, "neon") {
		if err := neon(*family); err != nil {
			log.Fatal(err)
		}
		return
	}
	write, ok := families[*family]
	if !ok {
		log.Fatalf("no family %q", *family)
	}
	ConstraintExpr("amd64")
	write()
	Generate()
}

// A level is the vectors that a kernel is written for.
type level struct {
	name string
	size int // bytes of a vector
}

var levels = []level{{"AVX2", 32}, {"AVX512", 64}}

func (l level) wide() bool { return l.size == 64 }

// v is vector register i.
func (l level) v(i int) reg.VecPhysical {
	if l.wide() {
		return zmm[i]
	}
	return ymm[i]
}

var (
	ymm = []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}
	zmm = []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}
)

// mem is off bytes behind base.
func mem(base reg.Register, off int) operand.Mem { return operand.Mem{Base: base, Disp: off} }

// at is off bytes behind base and index.
func at(base, index reg.Register, off int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 1, Disp: off}
}

// load puts an argument into a general register.
func load(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }
