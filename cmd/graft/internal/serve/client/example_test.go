package client_test

import (
	"context"
	"fmt"
	"log"

	"graft/cmd/graft/internal/serve/client"
	"graft/extractor/dataset"
)

// Photographs labelled by a service on another machine.
func ExampleClient() {
	ctx := context.Background()
	c, err := client.New(ctx, client.Options{URL: "https://graft.example", Model: "insects"})
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
