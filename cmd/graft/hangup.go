package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// onHangup calls a function for SIGHUP, once at a time, from the moment on that
// start is called; until then the signal is kept. After end nothing is called.
func onHangup(call func()) (start, end func()) {
	signals, over := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	var caller sync.WaitGroup
	start = func() {
		caller.Go(func() {
			for {
				select {
				case <-signals:
					call()
				case <-over:
					return
				}
			}
		})
	}
	return start, func() {
		signal.Stop(signals)
		close(over)
		caller.Wait()
	}
}
