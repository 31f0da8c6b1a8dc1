# Completion of graft for bash. Made by "graft completion bash".
_graft() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= flags= words= values= word i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case "$command/$word" in
{{- range .App.Commands}}
		/{{.Name}}) command='{{.Name}}' ;;
{{- end}}
{{- range $g := .Groups}}{{range .Subcommands}}
		{{$g.Name}}/{{.Name}}) command='{{$g.Name}} {{.Name}}' ;;
{{- end}}{{end}}
		esac
	done
	case "$command" in
	'') words='{{range .App.Commands}}{{.Name}} {{end}}' flags='--help --version' ;;
{{- range .Commands}}
	'{{.Path}}') words='{{range .Subcommands}}{{.Name}} {{end}}{{join .Words " "}}' flags='{{range .ListFlags}}{{range .Dashed}}{{.}} {{end}}{{end}}' values='{{range .ListFlags}}{{if and .Value (not .TakesFile)}}{{range .Dashed}}{{.}} {{end}}{{end}}{{end}}' ;;
{{- end}}
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$flags" -- "$cur"))
	elif [[ $prev == -* && " $values " == *" $prev "* ]]; then
		compopt +o default +o bashdefault 2>/dev/null # neither a file nor a word
	elif [[ $prev != -* || " $flags " != *" $prev "* ]]; then
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
	fi
}
complete -o bashdefault -o default -F _graft graft
