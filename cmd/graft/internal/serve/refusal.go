package serve

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A refusal is why a request has no answer, in the words that the client gets:
// they hold nothing of the machine.
type refusal struct {
	status int
	reason string
	retry  time.Duration // when to try again; 0: never, it would be the same
}

func (r *refusal) Error() string { return r.reason }

func refuse(status int, format string, a ...any) *refusal {
	return &refusal{status: status, reason: fmt.Sprintf(format, a...)}
}

// later is a refusal that asks to try again.
func later(status int, after time.Duration, format string, a ...any) *refusal {
	return &refusal{status: status, reason: fmt.Sprintf(format, a...), retry: max(after, time.Second)}
}

// statusGone is what the log has for clients that went away: nobody gets it.
const statusGone = 499

// errInternal stands for errors whose words are for the log only.
var errInternal = errors.New("something went wrong here; the log of the service says what")

// refusalOf is an error as a client gets it.
func refusalOf(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return &refusal{status: http.StatusInternalServerError, reason: errInternal.Error()}
}
