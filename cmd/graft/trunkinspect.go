package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/onnx"
	"graft/onnx/crosscheck"
	"graft/onnx/precision"
)

func trunkInspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show what a trunk, or any ONNX model, consists of",
		ArgsUsage: "MODEL",
		Description: "Reads the file twice, the second time with an independent reader, and compares: the graph\n" +
			"must be acyclic, every node must reach an output, and the counts must agree.\n\n" +
			"Example: graft trunk inspect trunk.onnx",
		Flags:  []cli.Flag{jsonFlag()},
		Action: action(infoOptions("MODEL"), runTrunkInspect),
	}
}

func runTrunkInspect(_ context.Context, t ui.Terminal, o infoOf) error {
	file, err := os.ReadFile(o.path)
	if err != nil {
		return fmt.Errorf("read the model: %w", err)
	}
	own, err := onnx.Inspect(file)
	if err != nil {
		return fmt.Errorf("model %q: %w", o.path, err)
	}
	x := &inspection{own, crosscheck.Check(file, own)}
	if own.Importable {
		own.NotTrunk += "; import it: " + importCommand(o.path, own.Candidates)
	}
	if o.asJSON {
		err = t.JSON(x)
	} else {
		printInspection(t.Out, x)
	}
	if problems := x.Second.Problems; err == nil && len(problems) > 0 {
		err = fmt.Errorf("model %q: the cross-check disagrees: %s", o.path, strings.Join(problems, "; "))
	}
	return err
}

// importCommand is what makes a trunk of a model, of its first candidate.
func importCommand(path string, candidates []onnx.Candidate) string {
	command := fmt.Sprintf("graft trunk import %s --preset imagenet", path)
	if len(candidates) > 0 {
		command += " --output " + candidates[0].Name
		if candidates[0].Tokens {
			command += " --pool cls"
		}
	}
	return command
}

// An inspection is what both readings of a model say; its JSON form is part
// of graft's interface.
type inspection struct {
	*onnx.Inspection
	Second crosscheck.SecondReading `json:"second_reading"`
}

func printInspection(w io.Writer, x *inspection) {
	if t := x.Trunk; t != nil {
		fmt.Fprintf(w, "trunk        %s, %s; %s\n", t.Name, ui.Trained(t.Trained), t.Source)
		fmt.Fprintf(w, "transform    resize %d, crop %d\n", t.Resize, t.Crop)
		printPrecision(w, x.Metadata[onnx.KeyPrecision])
	} else {
		fmt.Fprintf(w, "not a trunk  %s\n", x.NotTrunk)
	}
	fmt.Fprintf(w, "file         %.1f MB, SHA-256 %.16s…, IR version %d, opset %d%s\n", float64(x.Bytes)/1e6, x.SHA256, x.IRVersion, x.Opsets["ai.onnx"], writtenBy(x.Inspection))
	printPorts(w, "input", x.Inputs)
	printPorts(w, "output", x.Outputs)
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
	printSecondReading(w, x.Second)
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

// printPrecision says how a trunk in fp16 or int8 was made.
func printPrecision(w io.Writer, record string) {
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

func printPorts(w io.Writer, name string, ports []onnx.Port) {
	for _, p := range ports {
		fmt.Fprintf(w, "%-12s %s  %s %s\n", name, p.Name, p.Type, p.Shape)
	}
}

func printSecondReading(w io.Writer, r crosscheck.SecondReading) {
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
