package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// A listedCommand is a command with its place among the others, for what is
// generated from all of them: completion scripts and the man page.
type listedCommand struct {
	*cli.Command
	Path string // "fit" or "trunk build"
}

// listCommands lists all commands, each group before its members.
func listCommands(commands []*cli.Command, group string) []listedCommand {
	var list []listedCommand
	for _, c := range commands {
		path := strings.TrimSpace(group + " " + c.Name)
		list = append(list, listedCommand{c, path})
		list = append(list, listCommands(c.Subcommands, path)...)
	}
	return list
}

// Function is a name for the command in a script.
func (c listedCommand) Function() string { return strings.ReplaceAll(c.Path, " ", "_") }

// Words are the words that the command's only argument can be, if it can be no
// others: those of "bash|zsh|fish".
func (c listedCommand) Words() []string {
	if c.ArgsUsage != strings.ToLower(c.ArgsUsage) || !strings.Contains(c.ArgsUsage, "|") {
		return nil
	}
	return strings.Split(c.ArgsUsage, "|")
}

// TakesFiles reports whether the arguments are files or folders.
func (c listedCommand) TakesFiles() bool { return c.ArgsUsage != "" && c.Words() == nil }

// A listedFlag is a flag as scripts and manuals need it.
type listedFlag struct {
	Names []string // without dashes, the long one first
	Usage string   // without the marks of its value
	Value string   // what stands for its value; "" if it takes none
	Env   []string
}

// ListFlags lists the flags of the command, --help last.
func (c listedCommand) ListFlags() []listedFlag {
	var list []listedFlag
	for _, f := range slices.Concat(c.Flags, []cli.Flag{cli.HelpFlag}) {
		doc := f.(cli.DocGenerationFlag)
		l := listedFlag{Names: f.Names(), Usage: strings.ReplaceAll(doc.GetUsage(), "`", ""), Env: doc.GetEnvVars()}
		if !slices.Contains([]string{"", `""`, "0", "false"}, doc.GetDefaultText()) && !saysDefault(l.Usage) {
			l.Usage += " (default: " + strings.Trim(doc.GetDefaultText(), `"`) + ")"
		}
		if doc.TakesValue() {
			l.Value = "VALUE"
			if parts := strings.Split(doc.GetUsage(), "`"); len(parts) == 3 {
				l.Value = parts[1]
			}
		}
		list = append(list, l)
	}
	return list
}

// Dashed are the names as they are typed.
func (f listedFlag) Dashed() []string {
	var list []string
	for _, name := range f.Names {
		if len(name) == 1 {
			list = append(list, "-"+name)
		} else {
			list = append(list, "--"+name)
		}
	}
	return list
}

// TakesFile reports whether the value is a file or folder.
func (f listedFlag) TakesFile() bool {
	return slices.Contains([]string{"FILE", "DIR", "PATH"}, f.Value)
}

// saysDefault reports whether a usage tells what happens without the flag.
func saysDefault(usage string) bool { return strings.Contains(usage, "(default") }

// init spares the help the zeros of flags whose usage says what zero means.
func init() {
	line := cli.FlagStringer
	cli.FlagStringer = func(f cli.Flag) string {
		text := line(f)
		if doc, ok := f.(cli.DocGenerationFlag); ok && saysDefault(doc.GetUsage()) {
			text = strings.Replace(text, " (default: "+doc.GetDefaultText()+")", "", 1)
		}
		return strings.Replace(text, " (default: false)", "", 1)
	}
}
