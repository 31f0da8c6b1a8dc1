package serve

import (
	"time"

	"graft/cmd/graft/internal/serve/reply"
)

// stages are what an image, or a request, spent where.
type stages struct{ queue, decode, trunk time.Duration }

func (s *stages) add(t stages) {
	s.queue += t.queue
	s.decode += t.decode
	s.trunk += t.trunk
}

// milliseconds are the stages as clients read them.
func (s stages) milliseconds() reply.Milliseconds {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return reply.Milliseconds{Queue: ms(s.queue), Decode: ms(s.decode), Trunk: ms(s.trunk)}
}
