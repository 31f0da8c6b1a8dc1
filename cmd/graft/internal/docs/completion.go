package docs

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"
)

// Shells are those that Completion knows.
var Shells = []string{"bash", "zsh", "fish"}

// Completion writes a script that completes the app's commands, flags and file
// names in one of Shells.
func Completion(w io.Writer, app *cli.App, shell string) error {
	if !slices.Contains(Shells, shell) {
		return fmt.Errorf("completion: shell %q is not one of %s", shell, strings.Join(Shells, ", "))
	}
	return writeScript(w, "graft."+shell, app)
}

// Manual writes the app's manual page, in roff.
func Manual(w io.Writer, app *cli.App) error { return writeScript(w, "graft.1", app) }

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
	commands := List(app.Commands, "")
	groups := slices.DeleteFunc(slices.Clone(commands), func(c Command) bool { return len(c.Subcommands) == 0 })
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
