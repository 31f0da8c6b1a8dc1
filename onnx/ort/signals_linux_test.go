package ort

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ebitengine/purego"
)

// thief replaces the handler of SIGINT when it is loaded, without SA_ONSTACK, by
// one that calls the handler that was there, as CUDA's libraries do.
const thief = `
#include <signal.h>
#include <string.h>
static struct sigaction old;
static void steal(int s, siginfo_t *i, void *c) { old.sa_sigaction(s, i, c); }
__attribute__((constructor)) static void load(void) {
	struct sigaction a;
	memset(&a, 0, sizeof a);
	a.sa_sigaction = steal;
	a.sa_flags = SA_SIGINFO;
	sigaction(SIGINT, &a, &old);
}
`

// TestSignalsStayGos interrupts a process that has loaded the thief, with its
// handlers put back and, to see that the thief does harm, without.
func TestSignalsStayGos(t *testing.T) {
	if library := os.Getenv("ORT_TEST_THIEF"); library != "" {
		interruptAfter(t, library, os.Getenv("ORT_TEST_KEEP") != "")
		return
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("there is no C compiler (cc) to make a stand-in library with")
	}
	dir := t.TempDir()
	source, library := filepath.Join(dir, "thief.c"), filepath.Join(dir, "thief.so")
	if err := os.WriteFile(source, []byte(thief), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, keep := range []string{"", "1"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSignalsStayGos$", "-test.v")
		cmd.Env = append(os.Environ(), "ORT_TEST_THIEF="+library, "ORT_TEST_KEEP="+keep)
		out, err := cmd.CombinedOutput()
		if keep != "" && (err != nil || !strings.Contains(string(out), "ended cleanly")) {
			t.Errorf("with Go's handlers back: %v\n%s", err, out)
		}
		if keep == "" && err == nil {
			t.Errorf("the stand-in does no harm, so this test shows nothing:\n%s", out)
		}
	}
}

func interruptAfter(t *testing.T, library string, keep bool) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	restore := func() {}
	if keep {
		restore = keepSignals()
	}
	if _, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_GLOBAL); err != nil {
		t.Fatal(err)
	}
	restore()
	// The signal must come to a thread that runs Go code, on a goroutine's stack.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, errno := syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(os.Getpid()), uintptr(syscall.Gettid()), uintptr(syscall.SIGINT)); errno != 0 {
		t.Fatal(errno)
	}
	select {
	case <-c:
		t.Log("ended cleanly")
	case <-time.After(2 * time.Minute):
		t.Fatal("the signal did not arrive")
	}
}
