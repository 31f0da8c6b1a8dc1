#compdef graft
# Completion of graft for zsh. Made by "graft completion zsh".
_graft() {
	local context state state_descr line
	typeset -A opt_args
	local -a commands=(
{{- range .App.Commands}}
		'{{.Name}}:{{quote (bracket .Usage)}}'
{{- end}}
	)
	_arguments -C '--help[show help]' '--version[print the version]' '1:command:->command' '*::argument:->argument'
	case $state in
	command) _describe command commands ;;
	argument)
		case $line[1] in
{{- range .App.Commands}}
		{{.Name}}) _graft_{{.Name}} ;;
{{- end}}
		esac ;;
	esac
}
{{range $c := .Commands}}
_graft_{{.Function}}() {
{{- if .Subcommands}}
	local context state state_descr line
	typeset -A opt_args
	local -a commands=(
{{- range .Subcommands}}
		'{{.Name}}:{{quote (bracket .Usage)}}'
{{- end}}
	)
	_arguments -C '--help[show help]' '1:command:->command' '*::argument:->argument'
	case $state in
	command) _describe command commands ;;
	argument)
		case $line[1] in
{{- range .Subcommands}}
		{{.Name}}) _graft_{{$c.Function}}_{{.Name}} ;;
{{- end}}
		esac ;;
	esac
{{- else}}
	_arguments
{{- range .ListFlags}}{{$f := .}}{{range .Dashed}} \
		'{{.}}[{{quote (bracket $f.Usage)}}]{{if $f.Value}}:{{quote (bracket $f.Value)}}:{{if $f.TakesFile}}_files{{else}} {{end}}{{end}}'
{{- end}}{{end}}
{{- if .TakesFiles}} \
		'*:{{quote (bracket .ArgsUsage)}}:_files'
{{- else if .Words}} \
		'1:argument:({{join .Words " "}})'
{{- end}}
{{- end}}
}
{{end}}
if [ "$funcstack[1]" = _graft ]; then
	_graft "$@"
else
	compdef _graft graft
fi
