// Package docs writes what is generated from all commands: completion scripts
// for shells, and the manual page.
package docs

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// A Command is one of an app, with its place among the others, for what is
// generated from all of them: completion scripts and the man page.
type Command struct {
	*cli.Command
	Path string // "fit" or "trunk build"
}

// List lists all commands, each group before its members.
func List(commands []*cli.Command, group string) []Command {
	var list []Command
	for _, c := range commands {
		path := strings.TrimSpace(group + " " + c.Name)
		list = append(list, Command{c, path})
		list = append(list, List(c.Subcommands, path)...)
	}
	return list
}

// Function is a name for the command in a script.
func (c Command) Function() string { return strings.ReplaceAll(c.Path, " ", "_") }

// Words are the words that the command's only argument can be, if it can be no
// others: those of "bash|zsh|fish".
func (c Command) Words() []string {
	if c.ArgsUsage != strings.ToLower(c.ArgsUsage) || !strings.Contains(c.ArgsUsage, "|") {
		return nil
	}
	return strings.Split(c.ArgsUsage, "|")
}

// TakesFiles reports whether the arguments are files or folders.
func (c Command) TakesFiles() bool { return c.ArgsUsage != "" && c.Words() == nil }

// A Flag is one of a command as scripts and manuals need it.
type Flag struct {
	Names []string // without dashes, the long one first
	Usage string   // without the marks of its value
	Value string   // what stands for its value; "" if it takes none
	Env   []string
}

// ListFlags lists the flags of the command, --help last.
func (c Command) ListFlags() []Flag {
	var list []Flag
	for _, f := range slices.Concat(c.Flags, []cli.Flag{cli.HelpFlag}) {
		doc := f.(cli.DocGenerationFlag)
		l := Flag{Names: f.Names(), Usage: strings.ReplaceAll(doc.GetUsage(), "`", ""), Env: doc.GetEnvVars()}
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
func (f Flag) Dashed() []string {
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
func (f Flag) TakesFile() bool {
	return slices.Contains([]string{"FILE", "DIR", "PATH"}, f.Value)
}

// saysDefault reports whether a usage tells what happens without the flag.
func saysDefault(usage string) bool { return strings.Contains(usage, "(default") }

// plainLine is urfave/cli's own line of a flag in the help.
var plainLine = cli.FlagStringer

// FlagLine is a flag's line in the help, without the zeros of flags whose usage
// says what zero means.
func FlagLine(f cli.Flag) string {
	text := plainLine(f)
	if doc, ok := f.(cli.DocGenerationFlag); ok && saysDefault(doc.GetUsage()) {
		text = strings.Replace(text, " (default: "+doc.GetDefaultText()+")", "", 1)
	}
	return strings.Replace(text, " (default: false)", "", 1)
}
