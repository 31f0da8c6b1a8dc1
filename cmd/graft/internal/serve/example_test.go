package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"

	"graft/cmd/graft/internal/serve"
	"graft/extractor/dataset"
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

// Photographs labelled by a service on another machine.
func ExampleClient() {
	ctx := context.Background()
	c, err := serve.NewClient(ctx, serve.ClientOptions{URL: "https://graft.example", Model: "insects"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	photographs := dataset.Files([]string{"ant.jpg", "bee.jpg"}, dataset.Options{})
	for p, err := range c.ClassifyAll(ctx, photographs, nil) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(p.Path, p.Label, p.Probability)
	}
}

// Any program can ask: the body is the photograph, the answer is JSON.
func ExampleAnswer() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"model":"insects","results":[{"label":"ants","probability":0.9946}]}`)
	}))
	defer service.Close()

	photograph := []byte("the bytes of a file")
	r, err := http.Post(service.URL+"/classify?top=3", "image/jpeg", bytes.NewReader(photograph))
	if err != nil {
		log.Fatal(err)
	}
	defer r.Body.Close()
	var answer serve.Answer
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		log.Fatal(err)
	}
	for _, result := range answer.Results {
		fmt.Println(result.Label, result.Probability)
	}
	// Output: ants 0.9946
}
