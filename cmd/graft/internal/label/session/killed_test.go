package session

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"graft/cmd/graft/internal/label/journal"
	"graft/extractor/dataset"
)

// TestLabelling is the process that TestKilled kills: it answers until it dies, and says how far it is.
func TestLabelling(t *testing.T) {
	list := os.Getenv("GRAFT_LABELLING")
	if list == "" {
		t.Skip("it is run by TestKilled")
	}
	m := &made{n: 3000, d: 32, of: 3, spread: 2}
	s := opened(t, m, Options{List: list, Share: 0.2})
	if err := s.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := s.State().Labelled; i < m.n; i++ {
		act(t, s, Act{Do: journal.Label, IDs: []int{i}, Label: m.label(i)})
		fmt.Printf("answered %d\n", i+1)
		time.Sleep(time.Millisecond)
	}
}

// TestKilled kills a session 30 times, whatever it is doing: no answer that it has confirmed is missing, and
// the list is always whole.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("30 processes")
	}
	list := filepath.Join(t.TempDir(), "l.csv")
	random := rand.New(rand.NewPCG(1, 1))
	confirmed, lost := 0, 0
	for n := range 30 {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestLabelling$")
		cmd.Env = append(os.Environ(), "GRAFT_LABELLING="+list)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		begun := false
		for lines.Scan() {
			if text, found := strings.CutPrefix(lines.Text(), "answered "); found {
				confirmed, _ = strconv.Atoi(text)
				if !begun {
					begun = true
					time.AfterFunc(time.Duration(random.IntN(120_000))*time.Microsecond, func() { cmd.Process.Kill() })
				}
			}
		}
		cmd.Wait() // it was killed
		if !begun {
			t.Fatalf("process %d has not begun", n)
		}
		if _, err := os.Stat(list); err == nil {
			d, err := dataset.Scan(t.Context(), t.TempDir(), dataset.Options{List: list})
			if err != nil && !strings.Contains(err.Error(), "names no files") {
				t.Errorf("kill %d: the list is not whole: %v", n, err)
			} else if err == nil {
				d.Close()
			}
		}
		text, err := os.ReadFile(JournalOf(list))
		if err != nil {
			t.Fatal(err)
		}
		actions, _, err := journal.Read(list, text)
		if err != nil {
			t.Fatalf("kill %d: %v", n, err)
		}
		have := 0
		for _, a := range actions {
			if a.Do == journal.Label {
				have++
			}
		}
		lost += max(0, confirmed-have)
	}
	if lost > 0 {
		t.Errorf("%d answers were lost", lost)
	}
	m := &made{n: 3000, d: 32, of: 3, spread: 2}
	s := opened(t, m, Options{List: list})
	defer s.Close()
	if got := settled(t, s).Labelled; got < confirmed {
		t.Errorf("%d labels after all, want %d", got, confirmed)
	}
	t.Logf("killed 30 times, %d answers, %d lost", confirmed, lost)
}
