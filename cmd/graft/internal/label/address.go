package label

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"graft/cmd/graft/internal/web"
	"graft/extractor/durable"
	"graft/extractor/trunk"
)

// An Address is where a page is: a listener, and the word that the address has in it.
type Address struct {
	net.Listener
	token  string
	tokens *web.Tokens
}

// Listen listens on an address of this machine. A list's page is where it was the last time, if port 0
// leaves the choice and nobody else is there: a page that is still open goes on. The cache knows where that was,
// in a file that its owner alone may read:
//
//	# 127.0.0.1:43979
//	ViZ57BRUj72H2JzqkOxOmva-em0SRwQk
//
// Where that cannot be read or written the page is somewhere else, which is no error.
func Listen(c trunk.Cache, list, addr string) (*Address, error) {
	path := lastAddress(c, list)
	a := &Address{}
	var last string
	last, a.token = readAddress(path)
	if a.token != "" {
		a.tokens, _ = web.ReadTokens(path)
	}
	if a.tokens == nil {
		a.token, a.tokens = web.NewToken()
	}
	var err error
	if last != "" && strings.HasSuffix(addr, ":0") {
		a.Listener, err = net.Listen("tcp", last)
	}
	if a.Listener == nil || err != nil {
		if a.Listener, err = net.Listen("tcp", addr); err != nil {
			return nil, err
		}
	}
	writeAddress(path, a.Addr().String(), a.token)
	return a, nil
}

// lastAddress is the file of a list's last address; "" if there can be none.
func lastAddress(c trunk.Cache, list string) string {
	abs, err := filepath.Abs(list)
	if err != nil {
		return ""
	}
	path, err := c.Path("label", fmt.Sprintf("%x", sha256.Sum256([]byte(abs)))[:32])
	if err != nil {
		return ""
	}
	return path
}

func readAddress(path string) (addr, token string) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 != 0 { // somebody else may know it
		return "", ""
	}
	text, err := os.ReadFile(path)
	lines := strings.Fields(string(text))
	if err != nil || len(lines) != 3 || lines[0] != "#" {
		return "", ""
	}
	return lines[1], lines[2]
}

func writeAddress(path, addr, token string) {
	if path == "" || os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600); err == nil { // so that the new file is its owner's, too
		f.Close()
		durable.Write(path, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "# %s\n%s\n", addr, token)
			return err
		})
	}
}
