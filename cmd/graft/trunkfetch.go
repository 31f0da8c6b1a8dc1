package main

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"

	"graft/onnx/checkpoint"
	"graft/onnx/inception"
)

const (
	officialURL     = "https://download.pytorch.org/models/"
	officialWeights = "inception_v3_google-0cc3c7bd.pth"
)

func trunkFetchCommand() *cli.Command {
	return &cli.Command{
		Name:  "fetch",
		Usage: "download the official ImageNet weights of Inception v3 and build the trunk",
		Description: "Downloads torchvision's checkpoint (104 MB), goes on where a broken download stopped,\n" +
			"checks its hash, and builds the trunk into the cache, where every command finds it.\n\n" +
			"Example: graft trunk fetch",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "url", Value: officialURL, EnvVars: []string{"GRAFT_WEIGHTS_URL"}, Usage: "base `URL` of the weights, a mirror for instance"},
			&cli.StringFlag{Name: "weights", Value: officialWeights, Usage: "`NAME` of the checkpoint below the URL; the hex digits in it are checked"},
			widthFlag(),
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE` (default: the cache's default trunk)"},
		},
		Action: trunkFetch,
	}
}

func trunkFetch(c *cli.Context) error {
	if err := none(c); err != nil {
		return err
	}
	out, err := outOrDefault(c)
	if err != nil {
		return err
	}
	name := c.String("weights")
	file, err := cachePathFor("downloads", name)
	if err != nil {
		return err
	}
	url := strings.TrimRight(c.String("url"), "/") + "/" + name
	if err := download(c, url, file); err != nil {
		return withHint(err, `without a network, get %s elsewhere and run "graft trunk build --checkpoint FILE"`, name)
	}
	if err := buildFromCheckpoint(c, file, out, inception.Options{Width: c.Float64("width")}); err != nil {
		return err
	}
	return os.Remove(file)
}

// download fetches url into file, going on where an earlier try stopped.
func download(c *cli.Context, url, file string) error {
	var done, total atomic.Int64
	begin := time.Now()
	stop := showProgress(c.App.ErrWriter, "download", func() count {
		d, t := done.Load(), total.Load()
		return count{done: d, total: max(t, 0), note: fmt.Sprintf("%.1f MB, %.1f MB/s", float64(d)/1e6, float64(d)/1e6/time.Since(begin).Seconds())}
	})
	got, err := checkpoint.Download(c.Context, url, file, checkpoint.DownloadOptions{
		Progress: func(d, t int64) { done.Store(d); total.Store(t) },
	})
	stop()
	if err != nil {
		return err
	}
	switch {
	case got.Present:
		say(c.App.ErrWriter, "%s is there already, SHA-256 %.16s…", file, got.SHA256)
	case got.Resumed > 0:
		say(c.App.ErrWriter, "downloaded %d bytes (%d of them earlier), SHA-256 %.16s…", got.Bytes, got.Resumed, got.SHA256)
	default:
		say(c.App.ErrWriter, "downloaded %d bytes, SHA-256 %.16s…", got.Bytes, got.SHA256)
	}
	return nil
}
