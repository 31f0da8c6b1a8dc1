package checkpoint

import "fmt"

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// pop pops the topmost value, which may not be a mark.
func (m *machine) pop() (any, error) {
	v, err := m.top()
	if err == nil {
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v, err
}

func (m *machine) top() (any, error) {
	if len(m.stack) == 0 {
		return nil, fmt.Errorf("stack is empty")
	}
	v := m.stack[len(m.stack)-1]
	if _, is := v.(mark); is {
		return nil, fmt.Errorf("a mark where a value belongs")
	}
	return v, nil
}

// popMark pops everything down to the topmost mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if _, is := m.stack[i].(mark); is {
			items := append([]any(nil), m.stack[i+1:]...)
			m.stack = m.stack[:i]
			return items, nil
		}
	}
	return nil, fmt.Errorf("no mark on the stack")
}

// popN pops n values, the deepest first.
func (m *machine) popN(n int) ([]any, error) {
	items := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		var err error
		if items[i], err = m.pop(); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// arguments pops the arguments of an opcode: all down to the mark, or n values.
func (m *machine) arguments(toMark bool, n int) ([]any, error) {
	if toMark {
		return m.popMark()
	}
	return m.popN(n)
}

func (m *machine) dup() error {
	v, err := m.top()
	if err == nil {
		m.push(v)
	}
	return err
}

// remember writes to or reads from the memo.
func (m *machine) remember(op byte) error {
	key, err := int64(len(m.memo)), error(nil)
	switch op {
	case opBinPut, opBinGet:
		key, err = m.uint(1)
	case opLongBinPut, opLongBinGet:
		key, err = m.uint(4)
	}
	if err != nil {
		return err
	}
	if op == opBinGet || op == opLongBinGet {
		v, ok := m.memo[uint32(key)]
		if !ok {
			return fmt.Errorf("memo has no entry %d", key)
		}
		m.push(v)
		return nil
	}
	v, err := m.top()
	if err == nil {
		m.memo[uint32(key)] = v
	}
	return err
}

func (m *machine) tuple(op byte) error {
	items, err := m.arguments(op == opTuple, int(op)-opTuple1+1)
	if err == nil {
		m.push(tuple(items))
	}
	return err
}

// appendItems executes APPEND or APPENDS.
func (m *machine) appendItems(op byte) error {
	items, err := m.arguments(op == opAppends, 1)
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	l, ok := v.(*list)
	if !ok {
		return fmt.Errorf("appends to a %s", kind(v))
	}
	l.items = append(l.items, items...)
	return nil
}

// setItems executes SETITEM or SETITEMS.
func (m *machine) setItems(op byte) error {
	items, err := m.arguments(op == opSetItems, 2)
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	d, ok := v.(*dict)
	if !ok || len(items)%2 != 0 {
		return fmt.Errorf("sets %d keys and values of a %s", len(items), kind(v))
	}
	for i := 0; i < len(items); i += 2 {
		d.set(items[i], items[i+1])
	}
	return nil
}

func (d *dict) set(key, value any) {
	d.keys, d.values = append(d.keys, key), append(d.values, value)
}

// global pushes a global of Python, if it is a known one.
func (m *machine) global(op byte) error {
	var g global
	if op == opGlobal {
		var err error
		if g.module, err = m.line(); err == nil {
			g.name, err = m.line()
		}
		if err != nil {
			return err
		}
	} else {
		items, err := m.popN(2)
		if err != nil {
			return err
		}
		module, ok1 := items[0].(string)
		name, ok2 := items[1].(string)
		if !ok1 || !ok2 {
			return fmt.Errorf("global named by a %s and a %s", kind(items[0]), kind(items[1]))
		}
		g = global{module, name}
	}
	if !m.known(g) {
		return fmt.Errorf("it asks for %q, which is no tensor; graft runs nothing from a checkpoint. Save only the state dict: torch.save(model.state_dict(), …)", g.String())
	}
	m.push(g)
	return nil
}

// object makes a value from a call or from a persistent id, or skips the state of
// an OrderedDict, which has no tensors in it.
func (m *machine) object(op byte) error {
	if op == opBinPersID {
		id, err := m.pop()
		if err != nil {
			return err
		}
		t, ok := id.(tuple)
		if !ok {
			return fmt.Errorf("persistent id is a %s", kind(id))
		}
		return m.pushResult(m.lookup(t))
	}
	items, err := m.popN(2)
	if err != nil {
		return err
	}
	if op == opBuild {
		if _, ok := items[0].(*dict); !ok {
			return fmt.Errorf("sets the state of a %s", kind(items[0]))
		}
		m.push(items[0])
		return nil
	}
	g, ok := items[0].(global)
	args, isTuple := items[1].(tuple)
	if !ok || !isTuple {
		return fmt.Errorf("calls a %s with a %s", kind(items[0]), kind(items[1]))
	}
	return m.pushResult(m.call(g, args))
}

func (m *machine) pushResult(v any, err error) error {
	if err == nil {
		m.push(v)
	}
	return err
}

// kind names the type of a value as Python would.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case tuple:
		return "tuple"
	case *list:
		return "list"
	case *dict:
		return "dict"
	case global:
		return v.String()
	case *entry:
		return "tensor"
	case *storage:
		return "storage"
	case string:
		return "str"
	case bool:
		return "bool"
	case float64:
		return "float"
	}
	return "int"
}
