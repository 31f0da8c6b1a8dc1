package main

import (
	"context"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"testing"

	azure "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// TestAzure does every operation against Azurite, Azure's emulator, which is a program of its own:
//
//	npm install azurite && npx azurite-blob --inMemoryPersistence --skipApiVersionCheck
//	GRAFT_AZURITE=http://127.0.0.1:10000 go test -run TestAzure .
//
// Between the two every fifth request fails.
func TestAzure(t *testing.T) {
	at := os.Getenv("GRAFT_AZURITE")
	if at == "" {
		t.Skip("it needs Azurite: see GRAFT_AZURITE")
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{inner: httputil.NewSingleHostReverseProxy(u), every: 5}
	server := httptest.NewServer(f)
	defer server.Close()
	between, _ := url.Parse(server.URL)
	for k, v := range map[string]string{
		"AZURE_STORAGE_ACCOUNT":           "devstoreaccount1", // Azurite's documentation has both
		"AZURE_STORAGE_KEY":               "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
		"AZURE_STORAGE_DOMAIN":            between.Host,
		"AZURE_STORAGE_PROTOCOL":          "http",
		"AZURE_STORAGE_IS_LOCAL_EMULATOR": "true",
	} {
		t.Setenv(k, v)
	}
	s, err := open(t.Context(), "azblob://photos/below")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var client *azure.Client
	if !s.bucket.As(&client) {
		t.Fatal("it has no client of Azure's")
	}
	if kind, text, _ := look(s.do(t.Context(), request{Op: "list"}, nil)); kind == "" {
		client.Delete(t.Context(), nil)
	} else if kind != container {
		t.Errorf("a missing container: kind %s, %s", kind, text)
	}
	err = s.retry(t.Context(), func() error {
		_, err := client.Create(alone(context.Background()), nil)
		return err
	})
	if err != nil && kindOf(err) != exists {
		t.Fatal(err)
	}
	everyOperation(t, s, f)
}
