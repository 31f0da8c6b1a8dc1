package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"cloud.google.com/go/storage"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"google.golang.org/api/googleapi"
)

// Kinds of what graft may want to know of an error; see package extractor/bucket.
const (
	exists      = "exist"       // the object is there already
	missing     = "missing"     // it is not there
	denied      = "denied"      // these credentials may not
	container   = "bucket"      // there is no such bucket
	credentials = "credentials" // there are none, or they are not valid
	region      = "region"      // the bucket is in another one
	unreachable = "unreachable" // no answer from the server
	certificate = "certificate" // it is not trusted, or speaks no TLS
	disk        = "disk"        // of this machine
	other       = "other"
)

// A credentialsError says that none were found, and where they are looked for.
type credentialsError struct {
	err error
	how string
}

func (e *credentialsError) Error() string {
	return fmt.Sprintf("no credentials: %s; %s", oneLine(e.err.Error()), e.how)
}

// A diskError is one of this machine's disk, which no retry cures.
type diskError struct{ error }

func (e diskError) Unwrap() error { return e.error }

// A changedError says that an object was not read whole.
type changedError struct{ got, want int64 }

func (e changedError) Error() string {
	return fmt.Sprintf("%d bytes came of %d", e.got, e.want)
}

// codes are those of S3, of Azure and, of Google, the numbers of HTTP.
var codes = map[string][]string{
	exists:      {"PreconditionFailed", "BlobAlreadyExists", "ConditionNotMet", "412"},
	missing:     {"NoSuchKey", "NotFound", "BlobNotFound", "404"},
	container:   {"NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted"},
	denied:      {"AccessDenied", "Forbidden", "AllAccessDisabled", "AuthorizationFailure", "AuthorizationPermissionMismatch", "InsufficientAccountPermissions", "403"},
	credentials: {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestTimeTooSkewed", "AuthenticationFailed", "InvalidAuthenticationInfo", "401"},
	region:      {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301"},
}

// kindOf tells what graft may want to know of an error.
func kindOf(err error) string {
	kind, _, _ := look(err)
	return kind
}

// look gives the kind, one line for people, and whether the same request may succeed later.
func look(err error) (kind, text string, again bool) {
	var none *credentialsError
	var azureNone *azidentity.AuthenticationFailedError
	var here diskError
	var cut changedError
	switch {
	case err == nil:
		return "", "", false
	case errors.As(err, &none):
		return credentials, none.Error(), false
	case errors.As(err, &azureNone):
		first, _, _ := strings.Cut(azureNone.Error(), "\n")
		return credentials, (&credentialsError{errors.New(strings.TrimSuffix(first, ".")), howAzure}).Error(), false
	case errors.As(err, &here):
		return disk, oneLine(here.Error()), false
	case errors.As(err, &cut):
		return other, cut.Error(), true
	case errors.Is(err, context.Canceled):
		return other, err.Error(), false
	case errors.Is(err, storage.ErrBucketNotExist):
		return container, "there is no such bucket", false
	case errors.Is(err, storage.ErrObjectNotExist):
		return missing, "there is no such object", false
	}
	if code, said, status := answered(err); code != "" {
		kind = kindOfCode(code, status)
		if kind == missing && strings.Contains(said, "bucket does not exist") {
			kind = container
		}
		later := status >= 500 || slices.Contains([]int{0, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests}, status)
		return kind, oneLine(fmt.Sprintf("%s (%s)", said, code)), kind == other && later
	}
	return network(err)
}

func kindOfCode(code string, status int) string {
	for _, c := range []string{code, fmt.Sprint(status)} {
		for kind, list := range codes {
			if slices.Contains(list, c) {
				return kind
			}
		}
	}
	return other
}

// answered is what a store has answered: its code, its message and HTTP's status; "" if it has not.
func answered(err error) (code, said string, status int) {
	var amazon smithy.APIError
	var response *awshttp.ResponseError
	var google *googleapi.Error
	var azure *azcore.ResponseError
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	switch {
	case errors.As(err, &amazon):
		code, said = amazon.ErrorCode(), amazon.ErrorMessage()
		if kindOfCode(code, status) == region && response != nil && response.Response != nil {
			if at := response.Response.Header.Get("X-Amz-Bucket-Region"); at != "" {
				said = "the bucket is in the region " + at
			}
		}
	case errors.As(err, &google):
		code, said, status = fmt.Sprint(google.Code), google.Message, google.Code
	case errors.As(err, &azure):
		code, said, status = azure.ErrorCode, http.StatusText(azure.StatusCode), azure.StatusCode
	}
	if status < http.StatusMultipleChoices && code == "" {
		return "", "", 0 // it was cut short
	}
	if said == "" || said == code {
		said = http.StatusText(status)
	}
	if code == "" && status > 0 {
		code = fmt.Sprint(status)
	}
	return code, said, status
}

// network looks at an error of the way to the store.
func network(err error) (kind, text string, again bool) {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var where *url.Error
	var net net.Error
	kind, text, again = other, err.Error(), true
	if errors.As(err, &where) {
		kind, text = unreachable, where.Err.Error()
		if u, err := url.Parse(where.URL); err == nil {
			text = u.Scheme + "://" + u.Host + ": " + text
		}
	} else if errors.As(err, &net) {
		kind = unreachable
	}
	if errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &record) || strings.Contains(text, "gave HTTP response to HTTPS client") {
		kind, again = certificate, false
	}
	if kind == unreachable {
		for _, v := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
			if p, err := url.Parse(os.Getenv(v)); err == nil && p.Host != "" && strings.Contains(text, "proxyconnect") {
				text += fmt.Sprintf(" (the proxy of $%s is %s)", v, p.Host)
				break
			}
		}
	}
	return kind, oneLine(text), again
}

// oneLine is the beginning of a text without its line breaks.
func oneLine(text string) string {
	const most = 400
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = text[:most] + "…"
	}
	return text
}
