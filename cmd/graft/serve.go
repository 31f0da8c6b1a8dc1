package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/serve"
	"graft/cmd/graft/internal/ui"
	"graft/cmd/graft/internal/web"
)

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "answer over HTTP what photographs show",
		ArgsUsage: "[NAME=]HEAD|CLASSIFIER…",
		Description: "Heads and classifiers as a service: POST /classify takes the bytes of an image, a form with\n" +
			"many, or a zip of images; /v2 is the Open Inference Protocol of KServe and Triton. A model\n" +
			"is called NAME, or what its file is called; the first is meant where none is named.\n\n" +
			"It listens on this machine only, unless --addr says otherwise. SIGTERM answers what was\n" +
			"accepted and ends; SIGHUP loads models, tokens and certificate again, and what cannot be\n" +
			"loaded leaves the old one in service.\n\n" +
			"Example: graft serve head.onnx\n" +
			"Example: graft serve insects=head.onnx flowers=classifier.onnx --addr :8080 --token-file tokens",
		Flags:  serveFlags(),
		Action: action(serveOptions, runServe),
	}
}

func serveFlags() []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "addr", Value: "127.0.0.1:8080", EnvVars: []string{"GRAFT_ADDR"}, Usage: "listen on `HOST:PORT`; \":8080\" is every address of the machine"},
		&cli.StringFlag{Name: "metrics-addr", Usage: "have /metrics on `HOST:PORT` instead, for everybody who reaches that"},
		&cli.StringFlag{Name: "token-file", TakesFile: true, Usage: "answer only who has one of the tokens in `FILE`, one a line"},
		&cli.StringFlag{Name: "tls-cert", TakesFile: true, Usage: "certificate `FILE` for TLS, PEM"},
		&cli.StringFlag{Name: "tls-key", TakesFile: true, Usage: "key `FILE` of the certificate, PEM"},
		&cli.StringSliceFlag{Name: "cors", Usage: "let pages of `ORIGIN` ask, such as https://app.example; * lets all"},
		&cli.StringFlag{Name: "log", Value: "json", Usage: "write a line a request to standard error in `FORMAT`: json, text or none"},
		&cli.BoolFlag{Name: "watch", Usage: "load a model again when its file changes"},
		&cli.DurationFlag{Name: "queue-timeout", Value: 5 * time.Second, Usage: "refuse requests whose turn would come after `TIME`"},
		&cli.DurationFlag{Name: "max-wait", Value: 2 * time.Millisecond, Usage: "accelerators: let a batch wait for more images for `TIME`"},
		&cli.StringFlag{Name: "cache", Value: "64MiB", Usage: "keep `SIZE` of features in memory; 0 keeps none"},
		&cli.StringFlag{Name: "features", Usage: "keep the features of photographs in `DIR`, too, as extract does; all heads must be of one trunk"},
		&cli.StringFlag{Name: "max-body", Value: "64MiB", Usage: "refuse requests of more than `SIZE`"},
		&cli.IntFlag{Name: "max-images", Value: 256, Action: atLeast("max-images", 1), Usage: "refuse requests of more than `N` images"},
		&cli.StringFlag{Name: "max-memory", Value: "512MiB", Usage: "let the bodies of all requests take `SIZE`"},
		&cli.IntFlag{Name: "max-connections", Value: 1024, Action: atLeast("max-connections", 1), Usage: "have up to `N` connections; idle ones make room for new ones"},
		&cli.DurationFlag{Name: "header-timeout", Value: 5 * time.Second, Usage: "give a request's header `TIME` to come"},
		&cli.DurationFlag{Name: "body-timeout", Value: time.Minute, Usage: "give a request's body `TIME` to come"},
		&cli.DurationFlag{Name: "grace", Value: 30 * time.Second, Usage: "give requests under way `TIME` to end when stopped"},
		&cli.Int64Flag{Name: "max-pixels", Value: 50_000_000, Action: atLeast[int64]("max-pixels", 1), Usage: "refuse images of more than `N` pixels"},
		jpegFlag(),
	}
	for _, f := range trunkFlags() {
		if own := []string{"max-pixels", "max-bytes"}; !slices.Contains(own, f.Names()[0]) {
			flags = append(flags, f)
		}
	}
	return flags
}

type serveOf struct {
	serve.Options
	addr, metrics string // to listen on; metrics "": beside everything else
	log           string
}

// logFormats are the values of --log.
var logFormats = []string{"json", "text", "none"}

func serveOptions(c *cli.Context) (o serveOf, err error) {
	if o.Models, err = sources(c.Args().Slice()); err != nil {
		return o, err
	}
	o.addr, o.metrics, o.Watch, o.Version = c.String("addr"), c.String("metrics-addr"), c.Bool("watch"), version()
	o.Features = c.String("features")
	o.Security = web.Security{
		Tokens: c.String("token-file"), Certificate: c.String("tls-cert"), Key: c.String("tls-key"), Origins: c.StringSlice("cors"),
	}
	if o.log = c.String("log"); !slices.Contains(logFormats, o.log) {
		return o, usagef("--log is %q; it must be one of %s", o.log, strings.Join(logFormats, ", "))
	}
	if (o.Security.Certificate == "") != (o.Security.Key == "") {
		return o, usagef("--tls-cert and --tls-key need each other")
	}
	o.QueueTimeout, o.MaxWait, o.Grace = c.Duration("queue-timeout"), c.Duration("max-wait"), c.Duration("grace")
	o.Limits.Images, o.Limits.Connections = c.Int("max-images"), c.Int("max-connections")
	o.Limits.HeaderTime, o.Limits.BodyTime = c.Duration("header-timeout"), c.Duration("body-timeout")
	for flag, to := range map[string]*int64{"cache": &o.CacheBytes, "max-body": &o.Limits.Body, "max-memory": &o.Limits.Memory} {
		if *to, err = parseSize(c.String(flag)); err != nil {
			return o, usagef("--%s is %q; it must be a size such as 64MiB", flag, c.String(flag))
		}
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = -1 // to the library, 0 is the default
	}
	for _, flag := range []string{"queue-timeout", "max-wait", "header-timeout", "body-timeout", "grace"} {
		if c.Duration(flag) <= 0 {
			return o, usagef("--%s is %v; it must be longer than nothing", flag, c.Duration(flag))
		}
	}
	o.Classify, err = classifyOptions(c)
	o.Classify.JPEG = jpegDecoders[c.String("jpeg")]
	return o, err
}

// sources are the models of the arguments, NAME=FILE or FILE.
func sources(args []string) (list []serve.Source, err error) {
	if len(args) == 0 {
		return nil, withHint(usagef("serve takes one HEAD or CLASSIFIER or more"), "graft serve head.onnx")
	}
	for _, arg := range args {
		name, path, named := strings.Cut(arg, "=")
		if !named || !serve.IsName(name) {
			name, path = strings.TrimSuffix(filepath.Base(arg), filepath.Ext(arg)), arg
		}
		if !serve.IsName(name) {
			return nil, withHint(usagef("a model cannot be called %q", name), "graft serve NAME=%s", arg)
		}
		if slices.ContainsFunc(list, func(m serve.Source) bool { return m.Name == name }) {
			return nil, withHint(usagef("two models are called %q", name), "graft serve NAME=FILE NAME=FILE")
		}
		list = append(list, serve.Source{Name: name, Path: path})
	}
	return list, nil
}

// parseSize reads a number of bytes: 1000, 64KiB, 64MiB, 2GiB, 64MB.
func parseSize(text string) (int64, error) {
	units := []struct {
		name  string
		bytes int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}
	for _, u := range units {
		number, found := strings.CutSuffix(text, u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > (1<<62)/u.bytes {
			return 0, fmt.Errorf("%q is no size", text)
		}
		return n * u.bytes, nil
	}
	return 0, nil // the last unit fits every text
}

func runServe(ctx context.Context, t ui.Terminal, o serveOf) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	o.Log = logger(t.Err, o.log)
	l, err := o.listen()
	if err != nil {
		return withHint(fmt.Errorf("serve: %w", err), "--addr HOST:PORT listens elsewhere")
	}
	defer l.Close()
	s, err := serve.New(o.Options)
	if err != nil {
		return err
	}
	reload, ended := onHangup(func() { s.Reload(ctx) }) // what goes wrong is in the log
	defer ended()
	return s.Serve(ctx, l, func() {
		reload()
		o.say(t, s, l.Addr())
	})
}

// listen opens the addresses.
func (o *serveOf) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", o.addr)
	if err != nil || o.metrics == "" {
		return l, err
	}
	if o.Metrics, err = net.Listen("tcp", o.metrics); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// logger writes to w in one of logFormats.
func logger(w io.Writer, format string) *slog.Logger {
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil))
	case "text":
		return slog.New(slog.NewTextHandler(w, nil))
	}
	return nil
}

// say says where the service is, and how it is used.
func (o *serveOf) say(t ui.Terminal, s *serve.Server, addr net.Addr) {
	url, token := web.URL(addr, o.Security.Certificate != ""), ""
	if o.Security.Tokens != "" {
		token = "-H \"Authorization: Bearer $TOKEN\" "
	}
	for _, m := range s.Models() {
		t.Say("serving %s, %d classes, version %s", m.Name, len(m.Labels), m.Version)
		t.Notes(m.Notes)
	}
	t.Say("listening on %s", url)
	t.Say("try: curl %s--data-binary @photo.jpg '%s/classify?top=3'", token, url)
}
