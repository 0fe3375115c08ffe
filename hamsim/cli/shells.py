"""Scripts for shells, and what the command answers when one of them asks.

A script calls the command with what is typed in the environment; the command answers with a line
for each word, the kind of word before it: ``path`` is a file's name, anything else stands as it is.
After what ends in ``.``, ``=`` or ``/`` more is to come, so no blank is put.
"""

from __future__ import annotations

import os

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

__all__ = ["ASKED", "SCRIPTS"]

# The variable in which click finds that a shell asks.
ASKED = "_HAMSIM_COMPLETE"

_BASH = r"""# hamsim: completion for bash
_hamsim_completion() {
    local words=() rest=$COMP_LINE part current reply kind value i
    # Bash cuts words at = and :, which hamsim's paths have inside.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        part=${COMP_WORDS[i]}
        if ((i > 0)) && [[ $rest != [[:space:]]* ]]; then
            words[${#words[@]} - 1]+=$part
        else
            words+=("$part")
        fi
        rest=${rest#*"$part"}
    done
    current=${words[${#words[@]} - 1]}
    COMPREPLY=()
    while IFS=, read -r kind value; do
        if [[ $kind == dir ]]; then
            compopt -o dirnames
            continue
        elif [[ $kind == file ]]; then
            compopt -o default
            continue
        elif [[ $kind == path ]]; then
            compopt -o filenames
        fi
        [[ $value == *[.=/] ]] && compopt -o nospace
        if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then
            value=${value#"${current%"${current##*=}"}"}
        fi
        [[ $kind == path ]] && value=${value%/}
        COMPREPLY+=("$value")
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) \
        _HAMSIM_COMPLETE=bash_complete hamsim 2>/dev/null)
}
complete -o nosort -F _hamsim_completion hamsim 2>/dev/null ||
    complete -F _hamsim_completion hamsim
"""

_ZSH = r"""#compdef hamsim
# hamsim: completion for zsh
_hamsim() {
    (( $+commands[hamsim] )) || return 1
    local -a answers more whole files
    local answer kind value
    answers=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \
        _HAMSIM_COMPLETE=zsh_complete hamsim 2>/dev/null)}")
    for answer in $answers; do
        kind=${answer%%,*} value=${answer#*,}
        case $kind in
            (dir) _path_files -/ ;;
            (file) _path_files -f ;;
            (*)
                if [[ $value == *[.=/] ]]; then
                    more+=("$value")
                elif [[ $kind == path ]]; then
                    files+=("$value")
                else
                    whole+=("$value")
                fi ;;
        esac
    done
    (( $#more )) && compadd -S '' -a more
    (( $#files )) && compadd -f -a files
    (( $#whole )) && compadd -a whole
    return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _hamsim "$@"
else
    compdef _hamsim hamsim
fi
"""

_FISH = r"""# hamsim: completion for fish
function _hamsim_completion
    set -l typed (commandline -cp | string collect)
    set -l current (commandline -ct | string collect)
    set -l answers (env _HAMSIM_COMPLETE=fish_complete COMP_WORDS="$typed" COMP_CWORD="$current" \
        hamsim 2>/dev/null)
    for answer in $answers
        set -l parts (string split -m 1 , -- $answer)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case '*'
                echo $parts[2]
        end
    end
end
complete --no-files --command hamsim --arguments '(_hamsim_completion)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def _answer(item: CompletionItem) -> str:
    return f"{item.type},{item.value}"


@add_completion_class
class _Bash(BashComplete):
    source_template = _BASH

    def format_completion(self, item: CompletionItem) -> str:
        return _answer(item)

    @staticmethod
    def _check_version() -> None:
        """Do not start a bash to learn how old it is."""


@add_completion_class
class _Zsh(ZshComplete):
    source_template = _ZSH

    def format_completion(self, item: CompletionItem) -> str:
        return _answer(item)


@add_completion_class
class _Fish(FishComplete):
    source_template = _FISH

    def get_completion_args(self) -> tuple[list[str], str]:
        words = split_arg_string(os.environ["COMP_WORDS"])
        incomplete = os.environ.get("COMP_CWORD", "")
        args = words[1:]
        if incomplete:
            incomplete = split_arg_string(incomplete)[0]
            if args and args[-1] == incomplete:
                args.pop()
        return args, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        return _answer(item)
