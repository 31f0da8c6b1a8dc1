package checkpoint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// storageTypes are the element types of torch's storage classes.
var storageTypes = map[string]elementType{
	"FloatStorage": f32, "HalfStorage": f16, "BFloat16Storage": bf16, "DoubleStorage": "F64",
	"LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8",
	"ByteStorage": "U8", "BoolStorage": "BOOL", "ComplexFloatStorage": "C64",
}

// knownGlobal reports whether a checkpoint may refer to a name of Python: one
// that only builds data.
func knownGlobal(g global) bool {
	switch g.String() {
	case "collections.OrderedDict", "torch.Size",
		"torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter":
		return true
	}
	return g.module == "torch" && storageTypes[g.name] != ""
}

// callGlobal returns what the call would return in Python.
func callGlobal(g global, args tuple) (any, error) {
	switch g.name {
	case "OrderedDict":
		return orderedDict(args)
	case "Size":
		if len(args) == 1 {
			return args[0], nil
		}
	case "_rebuild_parameter": // (data, requires_grad, hooks)
		if len(args) > 0 {
			if t, ok := args[0].(*entry); ok {
				return t, nil
			}
		}
	case "_rebuild_tensor", "_rebuild_tensor_v2":
		return rebuildTensor(args)
	}
	return nil, fmt.Errorf("calls %v with %d arguments", g, len(args))
}

// orderedDict takes nothing, or one list of pairs.
func orderedDict(args tuple) (any, error) {
	d := &dict{}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*list)
	if !ok {
		return nil, fmt.Errorf("makes an OrderedDict from a %s", kind(args[0]))
	}
	for _, p := range pairs.items {
		items, _ := p.(tuple)
		if l, ok := p.(*list); ok {
			items = l.items
		}
		if len(items) != 2 {
			return nil, fmt.Errorf("makes an OrderedDict from something other than pairs")
		}
		d.set(items[0], items[1])
	}
	return d, nil
}

// rebuildTensor takes (storage, offset, size, stride, …); further arguments
// concern gradients.
func rebuildTensor(args tuple) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("rebuilds a tensor from %d values", len(args))
	}
	s, isStorage := args[0].(*storage)
	offset, isInt := args[1].(int64)
	dims, err := ints(args[2])
	strides, err2 := ints(args[3])
	if !isStorage || !isInt || err != nil || err2 != nil {
		return nil, fmt.Errorf("rebuilds a tensor from a %s, %s, %s and %s", kind(args[0]), kind(args[1]), kind(args[2]), kind(args[3]))
	}
	return newEntry(s, s.dtype, offset, dims, strides)
}

func ints(v any) ([]int64, error) {
	t, ok := v.(tuple)
	if !ok {
		return nil, fmt.Errorf("is a %s, not a tuple", kind(v))
	}
	out := make([]int64, len(t))
	for i := range t {
		if out[i], ok = t[i].(int64); !ok {
			return nil, fmt.Errorf("holds a %s", kind(t[i]))
		}
	}
	return out, nil
}

// A storageID is a persistent id of torch: ("storage", type, key, device,
// elements), and in the older form, None or (key of view, offset, elements).
type storageID struct {
	dtype elementType
	key   string
	count int64
	view  tuple
}

func parseStorageID(id tuple) (s storageID, err error) {
	what, _ := first(id).(string)
	if what != "storage" || len(id) < 5 || len(id) > 6 {
		return s, fmt.Errorf("persistent id %q of %d values, not a storage; save the state dict instead of the whole module", what, len(id))
	}
	g, ok1 := id[1].(global)
	key, ok2 := id[2].(string)
	count, ok3 := id[4].(int64)
	if !ok1 || !ok2 || !ok3 || storageTypes[g.name] == "" {
		return s, fmt.Errorf("storage described by a %s, %s and %s", kind(id[1]), kind(id[2]), kind(id[4]))
	}
	if count < 0 || count > maxElements*4 {
		return s, fmt.Errorf("storage %q of %d elements", key, count)
	}
	s = storageID{dtype: storageTypes[g.name], key: key, count: count}
	if len(id) == 6 && id[5] != nil {
		if s.view, ok1 = id[5].(tuple); !ok1 || len(s.view) != 3 {
			return s, fmt.Errorf("storage %q has a view that is a %s", key, kind(id[5]))
		}
	}
	return s, nil
}

func first(t tuple) any {
	if len(t) == 0 {
		return nil
	}
	return t[0]
}

// holders are the usual keys of the state dict in a training checkpoint.
var holders = []string{"state_dict", "model_state_dict", "model_state", "model"}

// stateDict finds the tensors in what a pickle built.
func stateDict(root any) (*directory, error) {
	d, ok := root.(*dict)
	if !ok {
		return nil, fmt.Errorf("holds a %s, not a dictionary of tensors; save model.state_dict()", kind(root))
	}
	// Three levels are more than any checkpoint nests, and a dictionary may contain itself.
	found := findTensors(d, 3)
	if found == nil {
		return nil, fmt.Errorf("holds no dictionary of tensors; its entries are %s", keyList(d))
	}
	out := newDirectory()
	for i, key := range found.keys {
		name, named := key.(string)
		if t, ok := found.values[i].(*entry); ok && named {
			out.add(name, t)
		}
	}
	return out, nil
}

func findTensors(d *dict, depth int) *dict {
	if depth == 0 {
		return nil
	}
	for _, holder := range holders {
		i := slices.Index(d.keys, any(holder))
		if i < 0 {
			continue
		}
		if inner, ok := d.values[i].(*dict); ok {
			if found := findTensors(inner, depth-1); found != nil {
				return found
			}
		}
	}
	if slices.ContainsFunc(d.values, func(v any) bool { _, is := v.(*entry); return is }) {
		return d
	}
	return nil
}

// keyList names some keys of a dictionary.
func keyList(d *dict) string {
	const most = 8
	seen := map[string]bool{}
	for _, k := range d.keys {
		if s, ok := k.(string); ok && len(seen) < most {
			seen[fmt.Sprintf("%.40q", s)] = true
		}
	}
	if len(seen) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(seen)), ", ")
}
