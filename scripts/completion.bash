# bash completion for newsdup and newsdupd. Commands and options come from the programs' own --help, which is
# made of their tables of options: nothing here has to follow them.
# shellcheck shell=bash disable=SC2207

# What the option called $2 of `$1 --help` wants for a value: the word behind it, empty for a flag.
_newsdup_value() {
	$1 --help 2>/dev/null | awk -v name="$2" '$1 == name { if (match($0, name " [^ ]+ ")) print $2; exit }'
}

_newsdup_options() { # PROGRAM [COMMAND]
	"$@" --help 2>/dev/null | awk '$1 ~ /^--/ { print $1 }'
}

_newsdup_commands() {
	"$1" --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }'
}

_newsdup() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local program=${COMP_WORDS[0]} command=
	local -a run=("$program")

	COMPREPLY=()
	if [[ ${program##*/} == newsdup ]]; then
		if ((COMP_CWORD == 1)); then
			COMPREPLY=($(compgen -W "$(_newsdup_commands "$program") --help --version" -- "$cur"))
			return
		fi
		command=${COMP_WORDS[1]}
		run+=("$command")
	fi
	if [[ $prev == --?* ]]; then
		case $(_newsdup_value "${run[*]}" "$prev") in
		'') ;;
		FILE | DIR | PATH) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) && return ;;
		'yes|no') COMPREPLY=($(compgen -W 'yes no' -- "$cur")) && return ;;
		*) return ;;
		esac
	fi
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(_newsdup_options "${run[@]}")" -- "$cur"))
	elif [[ $command == config ]]; then
		COMPREPLY=($(compgen -W 'check show' -- "$cur"))
	elif [[ -n $command ]]; then
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -- "$cur"))
	fi
}

complete -F _newsdup newsdup newsdupd
