package onnx

// Encode returns the model as a file. The same model gives the same bytes:
// known fields in the order of their numbers, then the unknown ones as they
// came. Tensors are written as raw_data.
func (m *Model) Encode() []byte {
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
	for _, o := range m.Opsets {
		w.sub(8, o.encode())
	}
	for _, p := range m.Properties {
		w.sub(14, p.encode())
	}
	w.append(m.unknown)
	return w.bytes()
}

func (o Opset) encode() *message {
	w := new(message)
	w.item(1, o.Domain) // onnx-go and others want it even if empty
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
	for _, n := range g.Nodes {
		w.sub(1, n.encode())
	}
	w.str(2, g.Name)
	for _, t := range g.Initializers {
		w.sub(5, t.encode())
	}
	w.str(10, g.Doc)
	for _, v := range g.Inputs {
		w.sub(11, v.encode())
	}
	for _, v := range g.Outputs {
		w.sub(12, v.encode())
	}
	for _, v := range g.Values {
		w.sub(13, v.encode())
	}
	w.append(g.unknown)
	return w
}

func (n *Node) encode() *message {
	w := new(message)
	for _, s := range n.Inputs {
		w.item(1, s)
	}
	for _, s := range n.Outputs {
		w.item(2, s)
	}
	w.str(3, n.Name)
	w.str(4, n.Op)
	for _, a := range n.Attributes {
		w.sub(5, a.encode())
	}
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
		for _, d := range v.Dims {
			shape.sub(1, d.encode())
		}
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
	for _, s := range t.Strings {
		w.item(6, s)
	}
	w.str(8, t.Name)
	if t.Raw != nil {
		w.blob(9, t.Raw)
	}
	w.str(12, t.Doc)
	w.append(t.unknown)
	return w
}
