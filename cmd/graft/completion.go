package main

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a script that completes commands, flags and file names in a shell",
		ArgsUsage: "bash|zsh|fish",
		Description: "Example: source <(graft completion bash)\n" +
			"Example: graft completion zsh > ~/.zfunc/_graft\n" +
			"Example: graft completion fish > ~/.config/fish/completions/graft.fish",
		Action: func(c *cli.Context) error {
			shell, err := one(c, "SHELL")
			if err != nil {
				return err
			}
			if !slices.Contains([]string{"bash", "zsh", "fish"}, shell) {
				return usagef("completion knows bash, zsh and fish, not %q", shell)
			}
			return writeScript(c.App.Writer, "graft."+shell, c.App)
		},
	}
}

func manCommand() *cli.Command {
	return &cli.Command{
		Name:        "man",
		Usage:       "print the manual page",
		Description: "Example: graft man > graft.1 && man ./graft.1",
		Action: func(c *cli.Context) error {
			if err := none(c); err != nil {
				return err
			}
			return writeScript(c.App.Writer, "graft.1", c.App)
		},
	}
}

//go:embed scripts
var scriptFiles embed.FS

// writeScript fills in the template of a script, or of the manual page.
func writeScript(w io.Writer, name string, app *cli.App) error {
	t := template.New(name).Funcs(template.FuncMap{
		"join": strings.Join, "bracket": bracket, "quote": quote, "roff": roff, "paragraphs": paragraphs, "first": firstLetterUp,
	})
	if _, err := t.ParseFS(scriptFiles, "scripts/"+name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	commands := listCommands(app.Commands, "")
	groups := slices.DeleteFunc(slices.Clone(commands), func(c listedCommand) bool { return len(c.Subcommands) == 0 })
	return t.Execute(w, map[string]any{"App": app, "Commands": commands, "Groups": groups})
}

// bracket makes text safe within [] and between : of zsh's _arguments.
func bracket(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(s)
}

// quote makes text safe within single quotes of bash and zsh.
func quote(s string) string { return strings.ReplaceAll(s, "'", `'\''`) }

// roff makes text safe in a manual page.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// A paragraph of a description is prose or one example.
type paragraph struct{ Text, Example string }

func paragraphs(description string) []paragraph {
	var list []paragraph
	for block := range strings.SplitSeq(description, "\n\n") {
		var prose []string
		for line := range strings.SplitSeq(block, "\n") {
			if example, ok := strings.CutPrefix(line, "Example: "); ok {
				list = append(list, paragraph{Example: example})
			} else {
				prose = append(prose, line)
			}
		}
		if len(prose) > 0 {
			list = append(list, paragraph{Text: strings.Join(prose, " ")})
		}
	}
	return list
}

func firstLetterUp(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
