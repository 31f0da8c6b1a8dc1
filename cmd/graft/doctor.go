package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/doctor"
	"graft/cmd/graft/internal/ui"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "say what is installed, what is missing, and what would be faster",
		Description: "Fails if photographs could not be extracted, with the cure. One crop is run through the trunk.\n\n" +
			"Example: graft doctor",
		Flags:  append([]cli.Flag{jsonFlag()}, trunkFlags()...),
		Action: action(doctorOptions, runDoctor),
	}
}

type doctorOf struct {
	doctor.Options
	asJSON bool
}

func doctorOptions(c *cli.Context) (o doctorOf, err error) {
	if err := none(c); err != nil {
		return o, err
	}
	o.Version, o.Trunk, o.asJSON = version(), c.String("trunk"), c.Bool("json")
	o.Device, err = deviceOptions(c)
	return o, err
}

func runDoctor(ctx context.Context, t ui.Terminal, o doctorOf) error {
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
