//go:build unix

// Load sends photographs to a service on this machine and says how it went, as
// one line of JSON. It is for scripts/bench.
//
//	load -url http://127.0.0.1:8080/classify -connections 16 -seconds 20 photographs
//	load -url … -rate 12.5 -seconds 60 photographs     at a fixed rate, whatever comes back
//	load -url … -count 100000 photographs              so many requests
//	load -url … -idle 10000 -seconds 20 photographs    connections that send half a header
//
// It refuses to send anything anywhere but to the loopback.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	target      = flag.String("url", "", "where photographs are sent")
	connections = flag.Int("connections", 16, "at once")
	rate        = flag.Float64("rate", 0, "requests a second; 0: as many as are answered")
	seconds     = flag.Float64("seconds", 20, "how long")
	count       = flag.Int("count", 0, "how many; 0: as many as there is time for")
	form        = flag.String("form", "", "send a form with the file in this field; default: the bytes")
	infer       = flag.Bool("infer", false, "send a request of the Open Inference Protocol, in JSON")
	idle        = flag.Int("idle", 0, "connections to open and leave")
	gone        = flag.Bool("gone", false, "end when there is no answer any more")
	fingerprint = flag.Bool("fingerprints", false, "count answers by the fingerprint of the model")
)

// A result is what came of one request.
type result struct {
	status int // 0: no answer
	took   time.Duration
	of     string // fingerprint
}

// A report is what is printed.
type report struct {
	OK          int            `json:"ok"`
	Refused     int            `json:"refused"` // 429 and 503
	Failed      int            `json:"failed"`  // anything else
	Statuses    map[string]int `json:"statuses"`
	Seconds     float64        `json:"seconds"`
	Rate        float64        `json:"rate"` // of those that are ok
	P50         float64        `json:"p50"`  // milliseconds, of those that are ok
	P99         float64        `json:"p99"`
	RefusedP99  float64        `json:"refused_p99"`
	RefusedMax  float64        `json:"refused_max"`
	CPU         float64        `json:"cpu"` // seconds of this program
	Models      map[string]int `json:"models,omitempty"`
	Connections int            `json:"connections,omitempty"` // idle ones that were opened
}

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run() error {
	u, err := url.Parse(*target)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q is not an address of the loopback", *target)
	}
	if *idle > 0 {
		return leave(u.Host)
	}
	bodies, err := read(flag.Arg(0))
	if err != nil {
		return err
	}
	c := &client{bodies: bodies, web: &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		MaxIdleConnsPerHost: 4096, MaxIdleConns: 4096, DisableCompression: true,
	}}}
	begin := time.Now()
	if *rate > 0 {
		c.open(begin)
	} else {
		c.closed(begin)
	}
	return c.print(time.Since(begin))
}

// read reads all photographs below a folder.
func read(dir string) (bodies [][]byte, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.EqualFold(filepath.Ext(path), ".jpg") {
			return err
		}
		b, err := os.ReadFile(path)
		bodies = append(bodies, b)
		return err
	})
	if err == nil && len(bodies) == 0 {
		err = fmt.Errorf("there are no photographs in %q", dir)
	}
	return bodies, err
}

// A client sends photographs in turn.
type client struct {
	web     *http.Client
	bodies  [][]byte
	next    atomic.Int64
	mu      sync.Mutex
	results []result
}

// closed keeps a number of connections busy.
func (c *client) closed(begin time.Time) {
	var workers sync.WaitGroup
	for range *connections {
		workers.Go(func() {
			for {
				i := int(c.next.Add(1)) - 1
				if *count > 0 && i >= *count || *count == 0 && time.Since(begin).Seconds() >= *seconds {
					return
				}
				if c.send(i) == 0 && *gone {
					return
				}
			}
		})
	}
	workers.Wait()
}

// open sends at a rate, and does not wait for answers.
func (c *client) open(begin time.Time) {
	var requests sync.WaitGroup
	for i := range int(*rate * *seconds) {
		time.Sleep(time.Until(begin.Add(time.Duration(float64(i) / *rate * float64(time.Second)))))
		requests.Go(func() { c.send(i) })
	}
	requests.Wait()
}

// send sends photograph i and gives the status of the answer, 0 of none.
func (c *client) send(i int) int {
	body, kind := c.bodies[i%len(c.bodies)], "image/jpeg"
	if *form != "" {
		const boundary = "-graft-load-"
		kind = "multipart/form-data; boundary=" + boundary
		body = slices.Concat([]byte("--"+boundary+"\r\nContent-Disposition: form-data; name=\""+*form+"\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"),
			body, []byte("\r\n--"+boundary+"--\r\n"))
	}
	if *infer {
		kind = "application/json"
		body = slices.Concat([]byte(`{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"content_type":"base64"},"data":["`),
			base64.StdEncoding.AppendEncode(nil, body), []byte(`"]}],"outputs":[{"name":"probabilities"}]}`))
	}
	begin := time.Now()
	r := result{}
	if answer, err := c.web.Post(*target, kind, bytes.NewReader(body)); err == nil {
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err == nil {
			r.status = answer.StatusCode
		}
		if *fingerprint && err == nil {
			var said struct{ Fingerprint string }
			json.Unmarshal(text, &said)
			r.of = said.Fingerprint
		}
	}
	r.took = time.Since(begin)
	c.mu.Lock()
	c.results = append(c.results, r)
	c.mu.Unlock()
	return r.status
}

func (c *client) print(took time.Duration) error {
	v := report{Seconds: took.Seconds(), Statuses: map[string]int{}}
	var good, refused []float64
	for _, r := range c.results {
		v.Statuses[fmt.Sprint(r.status)]++
		ms := float64(r.took.Microseconds()) / 1000
		switch r.status {
		case 200:
			good = append(good, ms)
			if *fingerprint {
				if v.Models == nil {
					v.Models = map[string]int{}
				}
				v.Models[r.of]++
			}
		case 429, 503:
			refused = append(refused, ms)
		default:
			v.Failed++
		}
	}
	v.OK, v.Refused = len(good), len(refused)
	v.Rate = float64(v.OK) / v.Seconds
	v.P50, v.P99 = quantile(good, 0.5), quantile(good, 0.99)
	v.RefusedP99, v.RefusedMax = quantile(refused, 0.99), quantile(refused, 1)
	v.CPU = cpu()
	return json.NewEncoder(os.Stdout).Encode(v)
}

// quantile is a quantile of some values; 0 of none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}

// cpu is the seconds that this program has computed.
func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}

// leave opens connections that send half a header, and holds them.
func leave(host string) error {
	ctx, stop := context.WithTimeout(context.Background(), time.Duration(*seconds*float64(time.Second)))
	defer stop()
	var opened atomic.Int64
	var holders sync.WaitGroup
	for range 64 {
		holders.Go(func() {
			var d net.Dialer
			for range *idle / 64 {
				conn, err := d.DialContext(ctx, "tcp", host)
				if err != nil {
					continue
				}
				opened.Add(1)
				defer conn.Close()
				io.WriteString(conn, "POST /classify HTTP/1.1\r\nHost: x\r\n")
			}
			<-ctx.Done()
		})
	}
	holders.Wait()
	return json.NewEncoder(os.Stdout).Encode(report{Seconds: *seconds, Connections: int(opened.Load()), CPU: cpu()})
}
