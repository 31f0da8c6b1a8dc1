package trunk

import (
	"fmt"
	"strings"

	"graft/extractor/pixels"
)

// An Identity says what features are features of. Two with the same Identity
// may be compared, and a head fits features of its own Identity only. It is
// comparable with ==.
//
// The device that features were computed on is not part of it: in fp32 it
// changes their last bits, and features on disk keep it apart. A trunk in other
// arithmetic (float16, int8) is another file, and so another Identity.
type Identity struct {
	Trunk     string // SHA-256 of the trunk's file, lower-case hexadecimal
	Tap       string // name of the output
	Transform pixels.Transform
}

// An IdentityError says in which way two Identities differ.
type IdentityError struct {
	Want, Have Identity
	// For is what wants features of the Identity Want, a head, and From what has
	// others, a folder of features; both as a person would name them.
	For, From string
	// Name is what the trunk of Have calls itself; "" if unknown.
	Name string
}

// Error says what differs, of trunk, tap and transform the first.
func (e *IdentityError) Error() string {
	switch {
	case e.Want.Trunk != e.Have.Trunk:
		return fmt.Sprintf("%s was trained on the trunk with SHA-256 %.16s…, %s come from another (%q, %.16s…)",
			e.For, e.Want.Trunk, e.From, e.Name, e.Have.Trunk)
	case e.Want.Tap != e.Have.Tap:
		return fmt.Sprintf("%s was trained on the tap %q, %s are of %q", e.For, e.Want.Tap, e.From, e.Have.Tap)
	}
	return fmt.Sprintf("%s was trained with %v, %s were made with %v", e.For, e.Want.Transform, e.From, e.Have.Transform)
}

// Difference says in which fields two Identities differ, both values named; ""
// if they are equal.
func (id Identity) Difference(other Identity) string {
	var list []string
	if id.Trunk != other.Trunk {
		list = append(list, fmt.Sprintf("trunk %.16s… against %.16s…", id.Trunk, other.Trunk))
	}
	if id.Tap != other.Tap {
		list = append(list, fmt.Sprintf("tap %q against %q", id.Tap, other.Tap))
	}
	if id.Transform != other.Transform {
		list = append(list, fmt.Sprintf("transform %v against %v", id.Transform, other.Transform))
	}
	return strings.Join(list, "; ")
}
