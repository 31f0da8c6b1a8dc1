package show

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/crosscheck"
	"graft/onnx/precision"
)

// An Inspected model is what both readings of a model say; its JSON form is part
// of graft's interface.
type Inspected struct {
	*onnx.Inspection
	Second crosscheck.SecondReading `json:"second_reading"`
}

// Inspection shows what both readings of a model say.
func Inspection(w io.Writer, x *Inspected) {
	if t := x.Trunk; t != nil {
		fmt.Fprintf(w, "trunk        %s, %s; %s\n", t.Name, ui.Trained(t.Trained), t.Source)
		fmt.Fprintf(w, "transform    %s\n", transformOf(*t))
		precisionOf(w, x.Metadata[onnx.KeyPrecision])
	} else {
		fmt.Fprintf(w, "not a trunk  %s\n", x.NotTrunk)
	}
	fmt.Fprintf(w, "file         %.1f MB, SHA-256 %.16s…, IR version %d, opset %d%s\n", float64(x.Bytes)/1e6, x.SHA256, x.IRVersion, x.Opsets["ai.onnx"], writtenBy(x.Inspection))
	ports(w, "input", x.Inputs)
	ports(w, "output", x.Outputs)
	for _, c := range x.Candidates {
		fmt.Fprintf(w, "candidate    %v\n", c)
	}
	for _, name := range x.External {
		fmt.Fprintf(w, "weights in   %s\n", name)
	}
	var operators []string
	for _, o := range x.Operators {
		operators = append(operators, fmt.Sprintf("%s %d", o.Operator, o.Count))
	}
	fmt.Fprintf(w, "operators    %d: %s\n", x.Nodes, strings.Join(operators, ", "))
	fmt.Fprintf(w, "parameters   %d\n", x.Parameters)
	if x.Cost.MultiplyAdds != nil {
		fmt.Fprintf(w, "cost         %.2f billion multiply-adds for an image of %d×%d\n", float64(*x.Cost.MultiplyAdds)/1e9, x.Cost.Side, x.Cost.Side)
	} else {
		fmt.Fprintf(w, "cost         not known: %s\n", strings.Join(x.Cost.Unknown, "; "))
	}
	if c := x.Cost; c.HalfBytes > 0 && c.MultiplyAdds != nil && *c.MultiplyAdds > 0 {
		fmt.Fprintf(w, "could be     fp16 of about %.1f MB; int8 of about %.1f MB, with %.0f %% of the multiply-adds in integers\n",
			float64(c.HalfBytes)/1e6, float64(c.Int8Bytes)/1e6, 100*float64(c.Layers)/float64(*c.MultiplyAdds))
	}
	secondReading(w, x.Second)
}

// transformOf is the trunk's own transform, without EXIF, which is no matter of the trunk.
func transformOf(t onnx.Trunk) string {
	tr, err := trunk.Transform(t, trunk.Adjust{})
	if err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(tr.String(), ", exif "+tr.EXIF)
}

// writtenBy names what wrote a model, and its licence.
func writtenBy(x *onnx.Inspection) (text string) {
	if x.Producer != "" {
		text += ", written by " + x.Producer
	}
	if x.Licence != "" {
		text += ", licence: " + x.Licence
	}
	return text
}

// precisionOf says how a trunk in fp16 or int8 was made.
func precisionOf(w io.Writer, record string) {
	var r precision.Record
	if record == "" || json.Unmarshal([]byte(record), &r) != nil {
		return
	}
	fmt.Fprintf(w, "precision    %s, made of the trunk with SHA-256 %.16s…", r.Dtype, r.From)
	if r.Dtype == precision.Int8 {
		fmt.Fprintf(w, "; ranges by %s, from %d photographs; %d convolutions in float; cosine to fp32 %.5f", r.Method, r.Images, len(r.Kept), r.Cosine)
	}
	fmt.Fprintln(w)
}

func ports(w io.Writer, name string, ports []onnx.Port) {
	for _, p := range ports {
		fmt.Fprintf(w, "%-12s %s  %s %s\n", name, p.Name, p.Type, p.Shape)
	}
}

func secondReading(w io.Writer, r crosscheck.SecondReading) {
	switch {
	case r.Unread != "":
		fmt.Fprintf(w, "cross-check  onnx-go cannot read the file: %s\n", r.Unread)
	case len(r.Problems) > 0:
		for _, p := range r.Problems {
			fmt.Fprintf(w, "cross-check  %s\n", p)
		}
	case r.WeightsUnread != "":
		fmt.Fprintf(w, "cross-check  onnx-go agrees on %d operators; not on the weights, which it cannot read: %s\n", r.Operators, r.WeightsUnread)
	default:
		fmt.Fprintf(w, "cross-check  onnx-go agrees: acyclic, %d operators, %d weights of %d values\n", r.Operators, r.Weights, r.Elements)
	}
}
