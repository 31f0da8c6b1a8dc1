package web

import (
	"cmp"
	"time"
)

// Limits bound what clients may cost. Zero values mean the defaults.
type Limits struct {
	Connections int           // open at once; 1024
	HeaderTime  time.Duration // for a request's header; 5 s
	BodyTime    time.Duration // for its body; 60 s
	WriteTime   time.Duration // for writing the answer; 30 s
	IdleTime    time.Duration // between requests; 2 min
}

func (l Limits) withDefaults() Limits {
	l.Connections = cmp.Or(l.Connections, 1024)
	l.HeaderTime = cmp.Or(l.HeaderTime, 5*time.Second)
	l.BodyTime = cmp.Or(l.BodyTime, time.Minute)
	l.WriteTime = cmp.Or(l.WriteTime, defaultWriteTime)
	l.IdleTime = cmp.Or(l.IdleTime, 2*time.Minute)
	return l
}
