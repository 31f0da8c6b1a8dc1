package onnx

import (
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// MaxBytes is the size at which protobuf, and with it a model in one file, ends.
const MaxBytes = 1<<31 - 1

// Encode returns the model as a file. The same model gives the same bytes:
// known fields in the order of their numbers, then the unknown ones as they
// came. Tensors are written as raw_data.
func (m *Model) Encode() []byte { return m.message().bytes() }

// WriteTo writes what Encode returns, without a copy of the weights. A model of
// more than MaxBytes is a [*TooLargeError], and nothing is written.
func (m *Model) WriteTo(w io.Writer) (n int64, err error) {
	all := m.message()
	all.flush()
	if all.size > MaxBytes {
		return 0, &TooLargeError{int64(all.size)}
	}
	for _, piece := range all.pieces {
		k, err := w.Write(piece)
		if n += int64(k); err != nil {
			return n, fmt.Errorf("write the model: %w", err)
		}
	}
	return n, nil
}

func (m *Model) message() *message {
	w := new(message)
	w.int(1, m.IRVersion)
	w.str(2, m.Producer)
	w.str(3, m.ProducerVersion)
	w.str(4, m.Domain)
	if m.ModelVersion != 0 {
		w.int(5, m.ModelVersion)
	}
	w.str(6, m.Doc)
	if m.Graph != nil {
		w.sub(7, m.Graph.encode())
	}
	subs(w, 8, m.Opsets)
	subs(w, 14, m.Properties)
	w.append(m.unknown)
	return w
}

// subs writes the elements of a repeated message field.
func subs[T interface{ encode() *message }](w *message, n protowire.Number, list []T) {
	for _, v := range list {
		w.sub(n, v.encode())
	}
}

func (o Opset) encode() *message {
	w := new(message)
	w.item(1, o.Domain) // onnx-go and others need it even if empty
	w.int(2, o.Version)
	w.append(o.unknown)
	return w
}

func (p Property) encode() *message {
	w := new(message)
	w.item(1, p.Key)
	w.item(2, p.Value)
	w.append(p.unknown)
	return w
}

func (g *Graph) encode() *message {
	w := new(message)
	subs(w, 1, g.Nodes)
	w.str(2, g.Name)
	subs(w, 5, g.Initializers)
	w.str(10, g.Doc)
	subs(w, 11, g.Inputs)
	subs(w, 12, g.Outputs)
	subs(w, 13, g.Values)
	w.append(g.unknown)
	return w
}

func (n *Node) encode() *message {
	w := new(message)
	w.items(1, n.Inputs)
	w.items(2, n.Outputs)
	w.str(3, n.Name)
	w.str(4, n.Op)
	subs(w, 5, n.Attributes)
	w.str(6, n.Doc)
	w.str(7, n.Domain)
	w.append(n.unknown)
	return w
}

func (v *Value) encode() *message {
	w := new(message)
	w.str(1, v.Name)
	tensor := new(message)
	if v.Type != Undefined {
		tensor.int(1, int64(v.Type))
	}
	if v.Dims != nil {
		shape := new(message)
		subs(shape, 1, v.Dims)
		tensor.sub(2, shape)
	}
	tensor.append(v.unknownTens)
	typ := new(message)
	if tensor.flush(); tensor.size > 0 {
		typ.sub(1, tensor)
	}
	typ.append(v.unknownType)
	if typ.flush(); typ.size > 0 {
		w.sub(2, typ)
	}
	w.str(3, v.Doc)
	w.append(v.unknown)
	return w
}

func (d Dim) encode() *message {
	w := new(message)
	if d.Size >= 0 {
		w.int(1, d.Size)
	} else {
		w.str(2, d.Name)
	}
	w.append(d.unknown)
	return w
}

func (t *Tensor) encode() *message {
	w := new(message)
	for _, d := range t.Dims {
		w.int(1, d)
	}
	w.int(2, int64(t.Type))
	w.items(6, t.Strings)
	w.str(8, t.Name)
	if t.Raw != nil {
		w.blob(9, t.Raw)
	}
	w.str(12, t.Doc)
	if t.external != nil {
		w.append(t.external.raw)
	}
	w.append(t.unknown)
	return w
}
