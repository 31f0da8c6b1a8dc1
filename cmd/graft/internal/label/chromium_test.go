package label

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/cmd/graft/internal/label/session"
	"graft/cmd/graft/internal/web/webtest"
	"graft/head"
	"graft/head/train"
)

// A hand is a person at the keyboard.
type hand struct {
	*webtest.Chromium
	t     *testing.T
	truth map[string]string
	keys  int
}

// codes are keys that are no letters.
var codes = map[string]int{"Enter": 13, "Escape": 27, "Home": 36, "End": 35, "ArrowRight": 39, "ArrowLeft": 37, "ArrowDown": 40, "ArrowUp": 38, "Backspace": 8, "Tab": 9, " ": 32}

const (
	ctrl  = 2
	shift = 8
)

// press presses a key as a person does.
func (h *hand) press(key string, modifiers int) {
	h.t.Helper()
	h.keys++
	code, named := codes[key]
	p := map[string]any{"key": key, "modifiers": modifiers, "windowsVirtualKeyCode": code}
	down := "rawKeyDown"
	if !named {
		p["windowsVirtualKeyCode"] = int(strings.ToUpper(key)[0])
		if modifiers&ctrl == 0 {
			p["text"], down = key, "keyDown"
		}
	}
	if key == "Enter" {
		p["text"], down = "\r", "keyDown"
	}
	p["type"] = down
	h.Call("Input.dispatchKeyEvent", p)
	p["type"] = "keyUp"
	delete(p, "text")
	h.Call("Input.dispatchKeyEvent", p)
}

func (h *hand) write(text string) {
	for _, c := range text {
		h.press(string(c), 0)
	}
}

// look is what the page shows.
type look struct {
	Path, Kind, Name, Guess string
	P                       float64
	Labelled, At, Photos    int
}

func (h *hand) look() (l look) {
	h.t.Helper()
	if err := h.Evaluate(`(() => { const i = wall.items.get(wall.flat[wall.at]) || {path: "", kind: "", class: -1, guess: -1, p: 0};
		return {path: i.path, kind: i.kind, name: nameOf(i.class), guess: nameOf(i.guess), p: i.p, labelled: state.labelled, at: wall.at, photos: state.photos}; })()`, &l); err != nil {
		h.t.Fatal(err)
	}
	return l
}

// ready waits until the selected photograph is shown and has no label.
func (h *hand) ready() look {
	h.t.Helper()
	h.Until("the next question is there", `wall.at >= 0 && wall.items.get(wall.flat[wall.at]) && !wall.items.get(wall.flat[wall.at]).kind`)
	return h.look()
}

// answer gives the selected photograph its class by its key, and waits until that is known.
func (h *hand) answer() {
	h.t.Helper()
	l := h.ready()
	key := ""
	if err := h.Evaluate(fmt.Sprintf(`keysOf().get(state.classes.find(c => c.name === %q).id)[0]`, h.truth[l.Path]), &key); err != nil {
		h.t.Fatal(err)
	}
	h.press(key, 0)
	h.Until("the answer is taken", fmt.Sprintf("state.labelled >= %d", l.Labelled+1))
}

// addClass makes a class.
func (h *hand) addClass(name string) {
	h.t.Helper()
	h.press("+", 0)
	h.Until("the dialog is open", `id("ask").open && document.activeElement === id("ask-name")`)
	h.write(name)
	h.press("Enter", 0)
	h.Until("there is the class", fmt.Sprintf("!id('ask').open && state.classes.some(c => c.name === %q)", name))
}

// TestKeyboardSession is a whole session without a mouse. GRAFT_SHOTS names a folder for pictures of it,
// GRAFT_AXE a file of axe-core that then judges it.
func TestKeyboardSession(t *testing.T) {
	c := webtest.Start(t)
	data, truth := heap(t, 144)
	in := ingestOptions(t)
	l := newLab(t, data, session.Options{Seed: 1, Share: 0.2}, in)
	h := &hand{Chromium: c, t: t, truth: truth}
	c.Show(l.url, 1400, "light")
	c.Until("features are there", "state.photos === 144 && state.computed === 144 && !state.busy")
	for _, name := range []string{"butterflies", "dragonflies", "lady"} {
		h.addClass(name)
	}
	for path, name := range truth { // it begins with another name, and a class that becomes a part of it
		if name == "ladybirds" {
			truth[path] = "lady"
		}
	}
	for range 30 {
		h.answer()
	}
	shots(t, c, "ask")
	look := func(view string) string {
		return fmt.Sprintf(`id("view").value = %q; id("view").dispatchEvent(new Event("change")); true`, view)
	}
	if err := c.Evaluate(look("class:1"), nil); err != nil {
		t.Fatal(err)
	}
	c.Until("the pictures of a class are there", `wall.flat.length >= state.classes[1].labelled && wall.flat.length < 144 && wall.flat.length > 1 && id("view").value === "class:1"`)
	if err := c.Evaluate(look("ask"), nil); err != nil {
		t.Fatal(err)
	}
	c.Until("what to ask is there again", `wall.flat.length > 0 && wall.sections[0].title === "What to label next"`)
	before := l.session.State()
	h.press("z", ctrl)
	c.Until("an answer is undone", fmt.Sprintf("state.labelled === %d", before.Labelled-1))
	h.press("y", ctrl)
	c.Until("it is done again", fmt.Sprintf("state.labelled === %d", before.Labelled))

	c.Show(l.url, 1400, "light") // in the middle
	c.Until("the page knows what was done", fmt.Sprintf("state.labelled === %d && wall.at >= 0", before.Labelled))
	h.addClass("ladybirds")
	for range 30 {
		h.answer()
	}
	merge(h, "lady", "ladybirds")
	for path, name := range truth {
		if name == "lady" {
			truth[path] = "ladybirds"
		}
	}
	if n := l.session.State().Labelled; n != 60 {
		t.Errorf("%d photographs have a label", n)
	}
	right := 0
	listed := l.listed(t)
	for path, label := range listed {
		if truth[path] == label {
			right++
		}
	}
	if right != 60 || len(listed) != 60 {
		t.Errorf("%d of %d labels in the list are what was answered", right, len(listed))
	}
	bulkByKeyboard(h, l)
	c.Until("it is judged", "state.live.crossed && state.live.crossed.total > 0")
	saved(h, l, in)
	for _, line := range c.Complaints() {
		t.Errorf("on the console: %.500s", line)
	}
	t.Logf("%d keys", h.keys)
}

// merge makes one class a part of another, by the keyboard.
func merge(h *hand, from, into string) {
	h.t.Helper()
	if err := h.Evaluate(`id("edit").focus()`, nil); err != nil { // as Tab does
		h.t.Fatal(err)
	}
	h.press("Enter", 0)
	h.Until("the dialog is open", `id("ask").open`)
	if err := h.Evaluate(fmt.Sprintf(`(() => { id("ask-which").value = state.classes.find(c => c.name === %q).id; id("ask-into").value = state.classes.find(c => c.name === %q).id; })()`, from, into), nil); err != nil {
		h.t.Fatal(err)
	}
	h.press("Enter", 0)
	h.Until("the class has gone", fmt.Sprintf("!id('ask').open && !state.classes.some(c => c.name === %q)", from))
}

// bulkByKeyboard accepts everything that a group suggests with certainty, and undoes it.
func bulkByKeyboard(h *hand, l *lab) {
	h.t.Helper()
	if err := h.Evaluate(`(() => { id("view").value = "groups"; id("view").dispatchEvent(new Event("change")); id("wall").focus(); })()`, nil); err != nil {
		h.t.Fatal(err)
	}
	h.Until("the groups are there", `wall.sections.length > 0 && wall.sections[0].p`)
	shots(h.t, h.Chromium, "groups")
	sure := 0
	if err := h.Evaluate("sureOf(wall.sections[sectionAt()]).length", &sure); err != nil {
		h.t.Fatal(err)
	}
	before := l.session.State().Labelled
	h.press("Enter", shift)
	if sure == 0 {
		h.Until("it says that nothing is sure", `id("said").textContent.includes("0.95")`)
		h.press("Enter", 0)
		sure = 1
	}
	h.Until("they have labels", fmt.Sprintf("state.labelled === %d", before+sure))
	h.press("z", ctrl)
	h.Until("they are undone at once", fmt.Sprintf("state.labelled === %d", before))
	h.press(" ", 0)
	h.Until("it is shown large", `zoomed() && id("zoom-photo").naturalWidth > 200 && id("zoom-crop").naturalWidth > 0`)
	shots(h.t, h.Chromium, "zoom")
	h.press("ArrowRight", 0)
	h.press(" ", 0)
	h.Until("it is closed", `!zoomed()`)
	h.press("?", shift)
	h.Until("the keys are listed", `id("keys").open`)
	shots(h.t, h.Chromium, "keys")
	h.press("Escape", 0)
	h.Until("it is closed", `!id("keys").open`)
}

// saved saves the head, and compares it with that of the list.
func saved(h *hand, l *lab, in any) {
	h.t.Helper()
	if err := h.Evaluate(`id("done").focus()`, nil); err != nil {
		h.t.Fatal(err)
	}
	h.press("Enter", 0)
	h.Until("the dialog is open", `id("finish").open`)
	if err := h.Evaluate(`document.querySelector("#products button").focus()`, nil); err != nil {
		h.t.Fatal(err)
	}
	h.press("Enter", 0)
	h.Until("the head is saved", `state.jobs.length === 1 && !state.jobs[0].running`)
	var said string
	if err := h.Evaluate("state.jobs[0].said", &said); err != nil || !strings.Contains(said, "wrote ") {
		h.t.Fatalf("it says %q, %v", said, err)
	}
	shots(h.t, h.Chromium, "done")
	out := filepath.Join(h.t.TempDir(), "head.onnx")
	source := l.making.source()
	if _, err := train.Fit(h.t.Context(), train.FitOptions{Source: source, Solver: head.LBFGS{}, Val: 0.2}, out); err != nil {
		h.t.Fatal(err)
	}
	a, err := os.ReadFile(out)
	if err != nil {
		h.t.Fatal(err)
	}
	b, err := os.ReadFile(l.making.file(".head.onnx"))
	if err != nil || string(a) != string(b) {
		h.t.Errorf("the head of the page is not that of the list: %v", err)
	}
	e, err := train.Evaluate(h.t.Context(), train.EvaluateOptions{Source: l.making.source(), Head: out})
	if err != nil {
		h.t.Fatal(err)
	}
	if want := fmt.Sprintf("accuracy %.4f on %d", e.Accuracy, e.Total); e.Split != "val" || !strings.Contains(said, want) {
		h.t.Errorf("the page says %q; the list gives %s of %q", said, want, e.Split)
	}
}

// shots looks at the page at several widths, light and dark.
func shots(t *testing.T, c *webtest.Chromium, name string) {
	t.Helper()
	for _, width := range []int{400, 1400} {
		for _, scheme := range []string{"dark", "light"} {
			c.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
			c.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
			wide := 0
			if err := c.Evaluate("document.documentElement.scrollWidth", &wide); err != nil || wide > width {
				t.Errorf("%s: at %d pixels the page is %d wide, %v", name, width, wide, err)
			}
			if dir := os.Getenv("GRAFT_SHOTS"); dir != "" {
				c.Until("pictures are there", `Array.from(document.querySelectorAll(".tile img")).every(i => i.complete)`)
				c.Picture(filepath.Join(dir, fmt.Sprintf("label-%s-%d-%s.png", name, width, scheme)))
			}
			judge(t, c, fmt.Sprintf("%s at %d, %s", name, width, scheme))
		}
	}
}

// judge asks axe-core, where it is.
func judge(t *testing.T, c *webtest.Chromium, what string) {
	t.Helper()
	path := os.Getenv("GRAFT_AXE")
	if path == "" {
		return
	}
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Evaluate(string(script)+"\n;0", nil); err != nil {
		t.Fatal(err)
	}
	var found []json.RawMessage
	if err := c.Evaluate(`axe.run().then(r => r.violations.map(v => ({id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + n.failureSummary)})))`, &found); err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Errorf("%s: axe-core finds %s", what, v)
	}
}
