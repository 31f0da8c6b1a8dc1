# Completion of graft for fish. Made by "graft completion fish".

# The words typed so far that are no flags, without graft itself.
function __graft_words
    set -l words (commandline -opc)
    string match -v -- '-*' $words[2..-1]
end

# Whether exactly these commands have been typed.
function __graft_is
    test "$(__graft_words)" = "$argv"
end

# Whether the line begins with these commands.
function __graft_in
    set -l words (__graft_words)
    test (count $words) -ge (count $argv); and test "$words[1..$(count $argv)]" = "$argv"
end

complete -c graft -n __graft_is -f
complete -c graft -n __graft_is -l help -d 'show help'
complete -c graft -n __graft_is -l version -d 'print the version'
{{- range .App.Commands}}
complete -c graft -n __graft_is -a {{.Name}} -d '{{quote .Usage}}'
{{- end}}
{{- range $c := .Commands}}
{{range .Subcommands}}
complete -c graft -n '__graft_is {{$c.Path}}' -f -a {{.Name}} -d '{{quote .Usage}}'
{{- end}}
{{- if .Words}}
complete -c graft -n '__graft_in {{.Path}}' -f -a '{{join .Words " "}}'
{{- end}}
{{- if not (or .TakesFiles .Subcommands)}}
complete -c graft -n '__graft_in {{.Path}}' -f
{{- end}}
{{- range .ListFlags}}
complete -c graft -n '__graft_in {{$c.Path}}'{{range .Names}} {{if eq (len .) 1}}-s{{else}}-l{{end}} {{.}}{{end}}{{if .TakesFile}} -r -F{{else if .Value}} -x{{end}} -d '{{quote .Usage}}'
{{- end}}
{{- end}}
