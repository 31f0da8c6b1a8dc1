// Package webtest drives pages in a headless Chromium, for tests: [Start] starts
// one, [Chromium.Show] opens a page.
package webtest

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Chromium is a headless browser that is driven over a pipe, by the protocol of
// its developer tools: messages in JSON, each ended by a NUL.
type Chromium struct {
	t       testing.TB
	out     io.Writer
	session string

	mu      sync.Mutex
	next    int
	waiting map[int]chan json.RawMessage
	console []string // what pages said there, and exceptions
}

// Start starts a browser with one empty page. Without one on the machine
// the test is skipped.
func Start(t testing.TB) *Chromium {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil && program == "" {
			program = path
		}
	}
	if program == "" {
		t.Skip("no Chromium on this machine: apt-get install chromium lets this test open the page in it")
	}
	toBrowser, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// The sandbox needs rights that a container seldom has; the pages are our own.
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
		"--no-first-run", "--user-data-dir="+t.TempDir())
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	toBrowser.Close()
	fromBrowser.Close()
	c := &Chromium{t: t, out: out, waiting: map[int]chan json.RawMessage{}}
	t.Cleanup(func() {
		c.Call("Browser.close", nil)
		out.Close()
		cmd.Wait()
		in.Close()
	})
	go c.read(in)
	var target struct{ TargetID string }
	c.result(&target, "Target.createTarget", map[string]any{"url": "about:blank"})
	var attached struct{ SessionID string }
	c.result(&attached, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true})
	c.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		c.Call(domain+".enable", nil)
	}
	return c
}

// read hands out what the browser sends.
func (c *Chromium) read(in io.Reader) {
	for r := bufio.NewReader(in); ; {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID     int
			Method string
			Params json.RawMessage
			Result json.RawMessage
			Error  json.RawMessage
		}
		json.Unmarshal(text[:len(text)-1], &m)
		c.mu.Lock()
		switch m.Method {
		case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
			c.console = append(c.console, m.Method+" "+string(m.Params))
		}
		if w := c.waiting[m.ID]; w != nil && m.ID != 0 {
			delete(c.waiting, m.ID)
			if m.Error != nil {
				m.Result = m.Error
			}
			w <- m.Result
		}
		c.mu.Unlock()
	}
}

// Call asks the browser for something and gives its answer.
func (c *Chromium) Call(method string, params map[string]any) json.RawMessage {
	c.t.Helper()
	c.mu.Lock()
	c.next++
	m := map[string]any{"id": c.next, "method": method, "params": params}
	if params == nil {
		m["params"] = map[string]any{}
	}
	if c.session != "" && !strings.HasPrefix(method, "Browser.") {
		m["sessionId"] = c.session
	}
	w := make(chan json.RawMessage, 1)
	c.waiting[c.next] = w
	c.mu.Unlock()
	text, err := json.Marshal(m)
	if err == nil {
		_, err = c.out.Write(append(text, 0))
	}
	if err != nil {
		return nil // it is gone
	}
	select {
	case r := <-w:
		return r
	case <-time.After(time.Minute):
		c.t.Errorf("the browser does not answer %s", method)
		return nil
	}
}

func (c *Chromium) result(v any, method string, params map[string]any) {
	c.t.Helper()
	if err := json.Unmarshal(c.Call(method, params), v); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

// Show opens a page in a window of some width, light or dark.
func (c *Chromium) Show(url string, width int, scheme string) {
	c.t.Helper()
	c.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
	c.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
	c.Call("Page.navigate", map[string]any{"url": url})
	c.Until("the page is there", `document.readyState === "complete" && location.href !== "about:blank"`)
}

// Evaluate gives the value of an expression, which may be a promise.
func (c *Chromium) Evaluate(expression string, v any) error {
	c.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	c.result(&r, "Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true})
	if r.ExceptionDetails != nil {
		return fmt.Errorf("%.80s: %s", expression, r.ExceptionDetails)
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(r.Result.Value, v)
}

// Until waits for an expression to become true.
func (c *Chromium) Until(what, expression string) {
	c.t.Helper()
	Eventually(c.t, what, func() bool {
		is := false
		return c.Evaluate("!!("+expression+")", &is) == nil && is
	})
}

// Picture writes what the whole page looks like to a PNG file.
func (c *Chromium) Picture(path string) {
	c.t.Helper()
	var r struct{ Data string }
	c.result(&r, "Page.captureScreenshot", map[string]any{"captureBeyondViewport": true, "format": "png"})
	png, err := base64.StdEncoding.DecodeString(r.Data)
	if err == nil {
		err = os.WriteFile(path, png, 0o666)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// Complaints are what pages said on the console since the last call.
func (c *Chromium) Complaints() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.console
	c.console = nil
	return list
}

// Eventually waits for something to become true, for up to a minute.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for begin := time.Now(); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatalf("it does not happen that %s", what)
		}
	}
}
