package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/doctor"
	"graft/cmd/graft/internal/ui"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "say what is installed, what is missing, and what would be faster",
		Description: "Fails if photographs could not be extracted, with the cure. One crop is run through the trunk, and a\n" +
			"trial of about two seconds says how many images a second each device runs in each precision here.\n" +
			"It is kept, and --device auto goes by it.\n\n" +
			"Example: graft doctor",
		Flags: append([]cli.Flag{
			jsonFlag(),
			&cli.DurationFlag{Name: "trial", Hidden: true, Usage: "only run the trunk on the device for `D` and print the rate"},
		}, trunkFlags()...),
		Action: action(doctorOptions, runDoctor),
	}
}

type doctorOf struct {
	doctor.Options
	trial  time.Duration // 0: everything
	asJSON bool
}

func doctorOptions(c *cli.Context) (o doctorOf, err error) {
	if err := none(c); err != nil {
		return o, err
	}
	o.Version, o.Trunk, o.asJSON, o.trial = version(), c.String("trunk"), c.Bool("json"), c.Duration("trial")
	o.Program = ownPath()
	o.Device, err = deviceOptions(c)
	return o, err
}

// ownPath is the path of graft itself; "" in a test that calls its functions.
func ownPath() string {
	path, err := os.Executable()
	if err != nil || strings.HasSuffix(strings.TrimSuffix(path, ".exe"), ".test") {
		return ""
	}
	return path
}

func runDoctor(ctx context.Context, t ui.Terminal, o doctorOf) error {
	if o.trial > 0 {
		rate, err := doctor.Try(ctx, o.Options, o.trial)
		if err != nil {
			return err
		}
		return t.JSON(rate)
	}
	d := doctor.Examine(ctx, o.Options)
	if o.asJSON {
		if err := t.JSON(d); err != nil {
			return err
		}
	} else {
		doctor.Print(t.Out, d)
	}
	if len(d.Problems) == 0 {
		return nil
	}
	err := fmt.Errorf("photographs cannot be extracted: %s", d.Problems[0].Problem)
	if cure := d.Problems[0].Cure; cure != "" {
		return withHint(err, "%s", cure)
	}
	return err
}
