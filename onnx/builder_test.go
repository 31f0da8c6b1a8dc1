package onnx

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestBuilder(t *testing.T) {
	b := NewBuilder("net")
	x := b.Input("pixels", Uint8, "n", "h", int64(7), 3)
	x = b.Op("Cast", "cast", x)
	b.Attr("to", int(Float32))
	x = b.Op("Conv", "conv", x, b.Const("w", []int64{1}, []float32{2}), "")
	b.Attr("pads", []int{1, 2})
	b.Attr("pads", []int{3, 4})
	b.Attr("alpha", 0.5)
	b.Attr("mode", "edge")
	b.Output(x, Float32, "n")
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	back := decoded(t, m.Encode())
	if !reflect.DeepEqual(m.Graph.Nodes, back.Graph.Nodes) {
		t.Errorf("nodes differ after a round trip:\n%+v\n%+v", m.Graph.Nodes, back.Graph.Nodes)
	}
	conv := back.Graph.Nodes[1]
	if !reflect.DeepEqual(conv.Ints("pads"), []int64{3, 4}) || conv.Attr("alpha") != float32(0.5) || conv.Attr("mode") != "edge" {
		t.Errorf("attributes: %v %v %v", conv.Attr("pads"), conv.Attr("alpha"), conv.Attr("mode"))
	}
	if got := back.Graph.Input("pixels").String(); got != "uint8 n×h×7×3" {
		t.Errorf("input is %s", got)
	}
	if back.IRVersion != irVersion || back.Opset() != opsetVersion || back.Producer != "graft" {
		t.Errorf("IR %d, opset %d, producer %q", back.IRVersion, back.Opset(), back.Producer)
	}
}

// TestBuilderKeepsFirstError: the first mistake is reported, whatever follows.
func TestBuilderKeepsFirstError(t *testing.T) {
	own := errors.New("own")
	for want, f := range map[string]func(b *Builder){
		`Relu "r" takes "nothing"`:         func(b *Builder) { b.Op("Relu", "r", "nothing") },
		`"x" is defined twice`:             func(b *Builder) { b.Op("Relu", "x", "x") },
		`"c" is defined twice`:             func(b *Builder) { b.Const("c", nil, []float32{1}); b.Const("c", nil, []float32{1}) },
		`output "y" is computed by no`:     func(b *Builder) { b.Output("y", Float32) },
		`output "x" is declared twice`:     func(b *Builder) { b.Output("x", Float32); b.Output("x", Float32) },
		"attribute \"a\" before any node":  func(b *Builder) { b.Attr("a", 1) },
		"a chan int is not a value":        func(b *Builder) { b.Op("Relu", "r", "x"); b.Attr("a", make(chan int)) },
		`"c": 4 bytes for float32 of sha`:  func(b *Builder) { b.Const("c", []int64{2}, []float32{1}) },
		"dimension 1 of \"z\" is a float6": func(b *Builder) { b.Input("z", Float32, 1, 2.5) },
		"dimension 0 of \"z\" is -1":       func(b *Builder) { b.Input("z", Float32, -1) },
		"Relu without an output":           func(b *Builder) { b.Node("Relu", nil, "x") },
		"without a name":                   func(b *Builder) { b.Op("Relu", "", "x"); b.Input("", Float32) },
		"own":                              func(b *Builder) { b.Fail(nil); b.Fail(own); b.Fail(errors.New("later")) },
		"no output":                        func(b *Builder) { b.Op("Relu", "r", "x") },
	} {
		b := NewBuilder("net")
		b.Input("x", Float32, "n")
		f(b)
		if want != "no output" {
			b.Op("Relu", "late", "missing")
			b.Tensor(&Tensor{Name: "late", Type: Float32})
		}
		if _, err := b.Model(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestProperties(t *testing.T) {
	m := &Model{Graph: &Graph{}}
	m.SetProperty("a", "1")
	m.SetProperty("b", "2")
	m.SetProperty("a", "3")
	m.SetProperty("none", "")
	if got := len(m.Properties); got != 2 || m.Property("a") != "3" || m.Property("none") != "" {
		t.Errorf("%d properties, %v", got, m.Properties)
	}
	m.SetProperty("a", "")
	if len(m.Properties) != 1 || m.Properties[0].Key != "b" {
		t.Errorf("after removing: %v", m.Properties)
	}
}
