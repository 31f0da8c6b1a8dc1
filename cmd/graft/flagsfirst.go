package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves flags before arguments: urfave/cli, like package flag,
// stops at the first argument and would take later flags for arguments.
// Words after "--" stay arguments.
func flagsFirst(app *cli.App, args []string) []string {
	if len(args) == 0 {
		return args
	}
	head, flags, commands := args[:1:1], app.Flags, app.Commands
	rest := args[1:]
	for len(rest) > 0 {
		i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(rest[0]) })
		if i < 0 {
			break
		}
		head, flags, commands = append(head, rest[0]), commands[i].Flags, commands[i].Subcommands
		rest = rest[1:]
	}
	var options, arguments []string
	for len(rest) > 0 {
		word := rest[0]
		rest = rest[1:]
		switch {
		case word == "--":
			arguments, rest = append(arguments, rest...), nil
		case len(word) < 2 || word[0] != '-':
			arguments = append(arguments, word)
		default:
			options = append(options, word)
			if takesValue(flags, word) && len(rest) > 0 {
				options, rest = append(options, rest[0]), rest[1:]
			}
		}
	}
	if wantsHelp(options) {
		return append(head, "--help") // urfave/cli would look for help on the first argument
	}
	if len(arguments) > 0 {
		options = append(append(options, "--"), arguments...)
	}
	return append(head, options...)
}

func wantsHelp(options []string) bool {
	return slices.ContainsFunc(options, func(o string) bool { return o == "--help" || o == "-help" || o == "-h" })
}

// takesValue reports whether the word after flag is its value.
func takesValue(flags []cli.Flag, flag string) bool {
	name := strings.TrimLeft(flag, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			_, isBool := f.(*cli.BoolFlag)
			return !isBool
		}
	}
	return false
}
