// Graft-cloud reads and writes object stores for graft: see package extractor/bucket
// of graft, which has the protocol. It is a module of its own, since the clients of
// the three stores are ten times as much code as graft.
//
//	graft-cloud s3://BUCKET/FOLDER | gs://… | azblob://…
//
// Credentials are found as the stores' own clients find them. An S3 server that is
// not Amazon's is named by $AWS_ENDPOINT_URL or in a profile; its buckets are in the
// path then. Google's emulator is named by $STORAGE_EMULATOR_HOST, Azure's by
// $AZURE_STORAGE_DOMAIN and $AZURE_STORAGE_PROTOCOL. Proxies are those of
// $HTTPS_PROXY and $NO_PROXY, further certificates those of $SSL_CERT_FILE.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: graft-cloud URL, with requests on standard input")
		os.Exit(2)
	}
	// It ends when its standard input does: who stops the program that started it lets that one
	// put away what it has in hand.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ctx := context.Background()
	s, err := open(ctx, os.Args[1])
	if err != nil {
		kind, text, _ := look(err)
		json.NewEncoder(os.Stdout).Encode(answer{Kind: kind, Error: text}) // of no request: of all
		os.Exit(1)
	}
	defer s.Close()
	if err := serve(ctx, s, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "graft-cloud:", err)
		os.Exit(1)
	}
}

type request struct {
	ID   int    `json:"id"`
	Op   string `json:"op"`
	Name string `json:"name"`
	File string `json:"file"`
}

type answer struct {
	ID      int      `json:"id"`
	Objects []object `json:"objects,omitempty"`
	More    bool     `json:"more,omitempty"`
	Kind    string   `json:"kind,omitempty"`
	Error   string   `json:"error,omitempty"`
}

// atOnce is how many requests are served at once.
const atOnce = 32

// serve answers requests until there are no more.
func serve(ctx context.Context, s *store, in io.Reader, out io.Writer) error {
	var writing sync.Mutex
	encoder := json.NewEncoder(out)
	say := func(a answer) {
		writing.Lock()
		defer writing.Unlock()
		encoder.Encode(a)
	}
	room := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	defer wait.Wait()
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		room <- struct{}{}
		wait.Go(func() {
			defer func() { <-room }()
			err := s.do(ctx, r, say)
			a := answer{ID: r.ID}
			if err != nil {
				a.Kind, a.Error, _ = look(err)
			}
			say(a)
		})
	}
}
