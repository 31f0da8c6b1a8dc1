package reply_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"graft/cmd/graft/internal/serve/reply"
)

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
	var answer reply.Answer
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		log.Fatal(err)
	}
	for _, result := range answer.Results {
		fmt.Println(result.Label, result.Probability)
	}
	// Output: ants 0.9946
}
