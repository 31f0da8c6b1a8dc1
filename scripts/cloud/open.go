package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcp"
)

// A client finds credentials in files, variables and programs, and then asks the machine it runs on,
// which may never answer where it is none of the store's own.
const credentialsWithin = 15 * time.Second

// Where these are set to anything but 0, false or no, requests are not signed: for buckets that
// everybody may read. GDAL has the same ones.
const (
	unsignedS3 = "AWS_NO_SIGN_REQUEST"
	unsignedGS = "GS_NO_SIGN_REQUEST"
)

// open opens the bucket of a URL; the rest of its path is the folder.
func open(ctx context.Context, text string) (*store, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	if u.Host == "" || u.RawQuery != "" || u.User != nil || u.Port() != "" {
		return nil, fmt.Errorf("%q is not of the form %s://BUCKET/FOLDER", text, u.Scheme)
	}
	s := &store{container: u.Scheme + "://" + u.Host}
	if s.prefix = strings.Trim(u.Path, "/"); s.prefix != "" {
		s.prefix += "/"
	}
	openers := map[string]func(context.Context, string) error{"s3": s.openS3, "gs": s.openGS, "azblob": s.openAzure}
	if openers[u.Scheme] == nil {
		return nil, fmt.Errorf("%q: the stores are s3://, gs:// and azblob://", text)
	}
	return s, openers[u.Scheme](ctx, u.Host)
}

func (s *store) openS3(ctx context.Context, name string) error {
	c, err := config.LoadDefaultConfig(ctx, config.WithRetryMaxAttempts(1)) // retries are this program's
	if err != nil {
		return &credentialsError{err, "see $AWS_PROFILE, $AWS_CONFIG_FILE and $AWS_SHARED_CREDENTIALS_FILE"}
	}
	if isSet(unsignedS3) {
		c.Credentials = aws.AnonymousCredentials{}
	} else if err := within(func() error { _, err := c.Credentials.Retrieve(ctx); return err }); err != nil {
		return &credentialsError{err, "set $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY, or $AWS_PROFILE; $" + unsignedS3 + "=1 reads public buckets without"}
	}
	if c.Region == "" {
		c.Region = "us-east-1" // a bucket that is elsewhere says so
	}
	s.s3 = s3.NewFromConfig(c, func(o *s3.Options) {
		o.DisableLogOutputChecksumValidationSkipped = true
		if o.BaseEndpoint == nil {
			return
		}
		o.UsePathStyle = true // not Amazon's: names of hosts would have to be set up
		if os.Getenv("AWS_REQUEST_CHECKSUM_CALCULATION") == "" {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired // others know the signed SHA-256 alone
		}
	})
	s.bucket, err = s3blob.OpenBucket(ctx, s.s3, name, nil)
	return err
}

func (s *store) openGS(ctx context.Context, name string) error {
	var client *gcp.HTTPClient
	if isSet(unsignedGS) || os.Getenv("STORAGE_EMULATOR_HOST") != "" {
		client = gcp.NewAnonymousHTTPClient(gcp.DefaultTransport())
	} else {
		err := within(func() error {
			found, err := gcp.DefaultCredentials(ctx)
			if err != nil {
				return err
			}
			client, err = gcp.NewHTTPClient(gcp.DefaultTransport(), found.TokenSource)
			return err
		})
		if err != nil {
			return &credentialsError{err, `set $GOOGLE_APPLICATION_CREDENTIALS, or run "gcloud auth application-default login"; $` + unsignedGS + "=1 reads public buckets without"}
		}
	}
	var err error
	s.bucket, err = gcsblob.OpenBucket(ctx, client, name, nil)
	if err == nil {
		s.retryOnce()
	}
	return err
}

func (s *store) openAzure(ctx context.Context, name string) (err error) {
	if azureblob.NewDefaultServiceURLOptions().AccountName == "" {
		return &credentialsError{errors.New("the storage account is not named"), howAzure}
	}
	s.bucket, err = blob.OpenBucket(ctx, "azblob://"+name)
	if err != nil {
		return &credentialsError{err, howAzure}
	}
	return nil
}

const howAzure = "set $AZURE_STORAGE_ACCOUNT, and $AZURE_STORAGE_KEY or $AZURE_STORAGE_SAS_TOKEN, or $AZURE_STORAGE_CONNECTION_STRING"

// within gives up waiting for a client that looks for credentials.
func within(do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(credentialsWithin):
		return fmt.Errorf("none were found in %v", credentialsWithin)
	}
}

func isSet(variable string) bool {
	switch strings.ToLower(os.Getenv(variable)) {
	case "", "0", "false", "no":
		return false
	}
	return true
}
