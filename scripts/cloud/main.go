// Graft-cloud reads and writes object stores for graft: see package extractor/bucket
// of graft, which has the protocol. It is a module of its own, since the clients of
// the three stores are ten times as much code as graft.
//
//	graft-cloud s3://BUCKET/FOLDER | gs://… | azblob://… | file:///FOLDER
//
// Credentials are found as the stores' own clients find them. An S3 server that is
// not Amazon's is named by $AWS_ENDPOINT_URL; its buckets are in the path then.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: graft-cloud URL, with requests on standard input")
		os.Exit(2)
	}
	ctx := context.Background()
	s, err := open(ctx, os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "graft-cloud:", err)
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
				a.Kind, a.Error = kindOf(err), err.Error()
			}
			say(a)
		})
	}
}
