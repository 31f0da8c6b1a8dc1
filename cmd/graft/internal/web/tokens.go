package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// Tokens are the words that let a client in. They are kept as their SHA-256.
type Tokens struct{ sums [][sha256.Size]byte }

// shortestToken is how long a token must be: shorter ones can be guessed.
const shortestToken = 16

// ReadTokens reads a file with a token a line, of at least 16 characters; empty
// lines and those that begin with # do not count.
func ReadTokens(path string) (*Tokens, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("web: the tokens: %w", err)
	}
	t := new(Tokens)
	for line := range strings.Lines(string(text)) {
		token := strings.TrimSpace(line)
		if token == "" || strings.HasPrefix(token, "#") {
			continue
		}
		if len(token) < shortestToken {
			return nil, fmt.Errorf("web: the tokens %q: one has %d characters; it takes %d", path, len(token), shortestToken)
		}
		t.sums = append(t.sums, sha256.Sum256([]byte(token)))
	}
	if t.sums == nil {
		return nil, fmt.Errorf("web: the tokens %q: there is none", path)
	}
	return t, nil
}

// NewToken makes a token that nobody can guess, and Tokens with it alone.
func NewToken() (string, *Tokens) {
	var b [24]byte
	rand.Read(b[:])
	token := base64.RawURLEncoding.EncodeToString(b[:])
	return token, &Tokens{[][sha256.Size]byte{sha256.Sum256([]byte(token))}}
}

// Has reports whether a token is one of these. How long that takes tells nothing
// of them.
func (t *Tokens) Has(token string) bool {
	sum, right := sha256.Sum256([]byte(token)), 0
	for _, s := range t.sums {
		right |= subtle.ConstantTimeCompare(sum[:], s[:])
	}
	return right == 1
}

// Bearer is the token of a request, "" if it has none.
func Bearer(r *http.Request) string {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return ""
	}
	return strings.TrimSpace(token)
}
