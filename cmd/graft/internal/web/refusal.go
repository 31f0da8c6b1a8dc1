package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A Refusal is why a request has no answer, in the words that the client gets:
// they hold nothing of the machine.
type Refusal struct {
	Status int // of HTTP
	Reason string
	Retry  time.Duration // when to try again; 0: never, it would be the same
}

// Error is the reason.
func (r *Refusal) Error() string { return r.Reason }

// Refuse is a Refusal for good.
func Refuse(status int, format string, a ...any) *Refusal {
	return &Refusal{Status: status, Reason: fmt.Sprintf(format, a...)}
}

// Later is a Refusal that asks to try again after a time, at least a second.
func Later(status int, after time.Duration, format string, a ...any) *Refusal {
	return &Refusal{Status: status, Reason: fmt.Sprintf(format, a...), Retry: max(after, time.Second)}
}

// StatusGone is what the log has for clients that went away: nobody gets it.
const StatusGone = 499

// ErrInternal stands for errors whose words are for the log only.
var ErrInternal = errors.New("something went wrong here; the log of the service says what")

// RefusalOf is an error as a client gets it: a Refusal, or ErrInternal.
func RefusalOf(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return &Refusal{Status: http.StatusInternalServerError, Reason: ErrInternal.Error()}
}
