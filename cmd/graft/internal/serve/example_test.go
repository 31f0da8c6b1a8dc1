package serve_test

import (
	"context"
	"fmt"
	"log"
	"net"

	"graft/cmd/graft/internal/serve"
)

// A service, until the context ends.
func Example() {
	s, err := serve.New(serve.Options{Models: []serve.Source{{Name: "insects", Path: "head.onnx"}}})
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Serve(context.Background(), l, func() { fmt.Println("ready") }); err != nil {
		log.Fatal(err)
	}
}
