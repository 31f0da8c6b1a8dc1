package serve

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"graft/cmd/graft/internal/web/webtest"
)

// TestPagePolicy lets the page run its own script and style, and nothing else.
func TestPagePolicy(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	w := f.ask("GET", "/", nil)
	policy, page := w.Header().Get("Content-Security-Policy"), w.Body.String()
	for _, tag := range []string{"script", "style"} {
		inside := regexp.MustCompile(`(?s)<` + tag + `>(.*)</` + tag + `>`).FindStringSubmatch(page)
		if inside == nil {
			t.Fatalf("the page has no %s", tag)
		}
		sum := sha256.Sum256([]byte(inside[1]))
		if !strings.Contains(policy, tag+"-src "+"'sha256-"+base64.StdEncoding.EncodeToString(sum[:])) {
			t.Errorf("the policy does not allow the page's %s: %s", tag, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || regexp.MustCompile(`(?:src|href)="(?:https?:)?//`).MatchString(page) {
		t.Errorf("the page may load something: %s", policy)
	}
	if w := f.ask("HEAD", "/", nil); w.Code != 200 {
		t.Errorf("HEAD: status %d", w.Code)
	}
}

// file is an expression of a File.
func file(name string, content []byte) string {
	return fmt.Sprintf("new File([Uint8Array.from(atob(%q), c => c.charCodeAt(0))], %q, {type: 'image/jpeg'})", base64.StdEncoding.EncodeToString(content), name)
}

// drop is an expression that drops files onto the page.
func drop(files ...string) string {
	return `(() => { const d = new DataTransfer(); for (const f of [` + strings.Join(files, ",") + `]) d.items.add(f);
		for (const type of ["dragenter", "dragover", "drop"]) document.getElementById("drop").dispatchEvent(new DragEvent(type, {dataTransfer: d, bubbles: true, cancelable: true})); })()`
}

const (
	cards    = `Array.from(document.querySelectorAll(".answer"))`
	finished = cards + `.every(c => !c.classList.contains("waiting"))`
)

// TestPageInChromium drives the page as a person does: drop, paste, choose, a
// photograph that is none, another model; light and dark, wide and narrow. The
// environment variable GRAFT_SHOTS names a folder for pictures of it, GRAFT_AXE a
// file of axe-core that then judges it.
func TestPageInChromium(t *testing.T) {
	c := webtest.Start(t)
	other := filepath.Join(t.TempDir(), "other.onnx")
	writeHead(t, other, 9, "<b>bold</b>", "plain", strings.Repeat("a label that is very long ", 8))
	s := listening(t, &fakeTrunk{}, func(o *Options) { o.Models = append(o.Models, Source{"other", other}) })
	c.Show(s.url, 1400, "light")
	c.Until("it knows the models", `document.getElementById("about").textContent.includes("insects tells 3 classes apart")`)
	photos := pagePhotos(t)
	run := func(expression string) {
		t.Helper()
		if err := c.Evaluate(expression, nil); err != nil {
			t.Fatal(err)
		}
	}
	count := func(n int) {
		t.Helper()
		c.Until(fmt.Sprintf("there are %d answers", n), fmt.Sprintf("%s.length === %d && %s", cards, n, finished))
	}
	run(drop(file("first.jpg", photos[0]), file(`<img src=x onerror=alert(1)>.jpg`, photos[1])))
	count(2)
	run(`(() => { const d = new DataTransfer(); d.items.add(` + file("", photos[2]) + `); document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: d, bubbles: true})); })()`)
	count(3)
	run(`(() => { const d = new DataTransfer(), i = document.getElementById("files"); d.items.add(` + file("chosen.jpg", photos[3]) + `); i.files = d.files; i.dispatchEvent(new Event("change", {bubbles: true})); })()`)
	count(4)
	run(drop(file("broken.jpg", []byte("this is text"))))
	count(5)
	var failed string
	if err := c.Evaluate(`document.querySelector(".failed .best").textContent`, &failed); err != nil || !strings.Contains(failed, "not an image") {
		t.Errorf("of a broken image it says %q, %v", failed, err)
	}
	run(drop(file("all.zip", zipOf([]string{"in.jpg", "zip.jpg"}, photos[4], photos[5]))))
	count(7)
	run(`(() => { const m = document.getElementById("model"); m.value = "other"; m.dispatchEvent(new Event("change", {bubbles: true})); })()`)
	run(drop(file("first again.jpg", photos[0])))
	count(8)
	var seen struct {
		Crops, Bars, Wide int
		Best, Said, Curl  string
		Bold              bool
	}
	if err := c.Evaluate(`({crops: Array.from(document.querySelectorAll("img.see")).filter(i => i.complete && i.naturalWidth === 16).length,
		bars: document.querySelectorAll(".bars li").length, bold: !!document.querySelector("#answers b b, #answers .best *, #about *"),
		best: document.querySelector(".best").textContent, said: document.getElementById("said").textContent, curl: document.getElementById("curl").textContent})`, &seen); err != nil {
		t.Fatal(err)
	}
	if seen.Crops != 7 || seen.Bars != 21 || seen.Bold || seen.Best == "" || !strings.HasPrefix(seen.Said, "first again.jpg: ") || !strings.Contains(seen.Curl, s.url+"/models/other/classify") {
		t.Errorf("%+v", seen)
	}
	complain(t, c, "422") // of the broken image
	byKeyboard(t, c)
	looks(t, c, "page")
}

// byKeyboard goes through the page by the tabulator: everything that can be used
// is reached, in the order in which it stands there, and shows that it is.
func byKeyboard(t *testing.T, c *webtest.Chromium) {
	t.Helper()
	if err := c.Evaluate(`document.activeElement.blur(); scrollTo(0, 0)`, nil); err != nil {
		t.Fatal(err)
	}
	var reached []string
	for range 9 {
		for _, kind := range []string{"rawKeyDown", "keyUp"} {
			c.Call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})
		}
		var at struct {
			Name  string
			Shown bool
		}
		if err := c.Evaluate(`(() => { const e = document.activeElement, box = e.previousElementSibling && e.type === "file" ? e.previousElementSibling : e;
			return {name: e.id || e.tagName + " " + e.textContent.slice(0, 6), shown: getComputedStyle(box).outlineStyle !== "none"}; })()`, &at); err != nil {
			t.Fatal(err)
		}
		reached = append(reached, at.Name)
		if !at.Shown && !strings.HasPrefix(at.Name, "BODY") {
			t.Errorf("%q does not show that the keyboard is on it", at.Name)
		}
	}
	if want := "model files camera SUMMARY curl PRE curl - BUTTON Copy SUMMARY Python SUMMARY Go"; !strings.Contains(strings.Join(reached, " "), want) {
		t.Errorf("the keyboard reaches %q, want %q", reached, want)
	}
}

// pagePhotos are pictures to show, of the project's own.
func pagePhotos(t testing.TB) [][]byte {
	t.Helper()
	var list [][]byte
	for _, p := range demoPhotos(t) {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

// complain makes what stands on the console errors, but for statuses that are
// expected.
func complain(t *testing.T, c *webtest.Chromium, expected ...string) {
	t.Helper()
	for _, line := range c.Complaints() {
		ok := false
		for _, status := range expected {
			ok = ok || strings.Contains(line, "status of "+status)
		}
		if !ok {
			t.Errorf("on the console: %.500s", line)
		}
	}
}

// looks checks the page at several widths, light and dark.
func looks(t *testing.T, c *webtest.Chromium, name string) {
	t.Helper()
	for _, width := range []int{1400, 400, 360} {
		for _, scheme := range []string{"light", "dark"} {
			c.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
			c.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
			wide := 0
			if err := c.Evaluate("document.documentElement.scrollWidth", &wide); err != nil || wide > width {
				t.Errorf("at %d pixels the page is %d wide, %v", width, wide, err)
			}
			if dir := os.Getenv("GRAFT_SHOTS"); dir != "" {
				c.Picture(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)))
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
	if err := c.Evaluate(`axe.run().then(r => r.violations.map(v => ({id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html.slice(0, 200) + " " + n.failureSummary)})))`, &found); err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Errorf("%s: axe-core finds %s", what, v)
	}
}

// TestPageWithToken asks for a token, and says if it is the wrong one.
func TestPageWithToken(t *testing.T) {
	c := webtest.Start(t)
	tokens := writeFile(t, filepath.Join(t.TempDir(), "tokens"), "a-token-0123456789")
	s := listening(t, &fakeTrunk{}, func(o *Options) { o.Security.Tokens = tokens })
	c.Show(s.url, 400, "light")
	c.Until("it asks for a token", `!document.getElementById("unlock").hidden`)
	enter := func(token string) {
		if err := c.Evaluate(`(() => { document.getElementById("token").value = "`+token+`"; document.getElementById("ask").requestSubmit(); })()`, nil); err != nil {
			t.Fatal(err)
		}
	}
	enter("wrong")
	c.Until("it says that it is the wrong one", `document.getElementById("about").textContent.includes("not the right one")`)
	looks(t, c, "token")
	enter("a-token-0123456789")
	c.Until("it knows the model", `document.getElementById("about").textContent.includes("insects tells") && document.getElementById("unlock").hidden`)
	if err := c.Evaluate(drop(file("a.jpg", photo(1))), nil); err != nil {
		t.Fatal(err)
	}
	c.Until("there is an answer", cards+`.length === 1 && `+finished+` && !document.querySelector(".failed")`)
	complain(t, c, "401")
}

// TestPageWithoutService says so.
func TestPageWithoutService(t *testing.T) {
	c := webtest.Start(t)
	f := newFixture(t, &fakeTrunk{}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	over, ready := make(chan error, 1), make(chan struct{})
	go func() { over <- f.Serve(ctx, l, func() { close(ready) }) }()
	<-ready
	c.Show("http://"+l.Addr().String(), 400, "dark")
	c.Until("it knows the model", `document.getElementById("about").textContent.includes("insects tells")`)
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
	if err := c.Evaluate(drop(file("a.jpg", photo(1))), nil); err != nil {
		t.Fatal(err)
	}
	c.Until("it says so", cards+`.length === 1 && `+finished+` && document.querySelector(".failed .best").textContent.includes("does not answer")`)
}
