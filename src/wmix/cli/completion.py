"""``wmix completion SHELL``: a script that makes the shell complete wmix's words.

The scripts are short: each asks ``wmix _complete`` for the words that can stand at the cursor
(:mod:`wmix.cli.candidates`), so that options, classes and methods are always those of this version and machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cli.exit_codes import DONE
from wmix.cli.options import Command, Positional

if TYPE_CHECKING:
    from wmix.cli.session import Session

__all__ = ["COMMAND", "run"]

_BASH: Final = """\
# wmix completion for bash: source <(wmix completion bash)
_wmix() {
    local IFS=$'\\n'
    COMPREPLY=($(wmix _complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace
    fi
}
complete -o default -F _wmix wmix
"""

_ZSH: Final = """\
#compdef wmix
# wmix completion for zsh: source <(wmix completion zsh), or save it as _wmix in a folder of $fpath
_wmix() {
    local -a found
    found=("${(@f)$(wmix _complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    if (( ${#found} )) && [[ -n ${found[1]} ]]; then
        compadd -- $found
    else
        _files
    fi
}
if [[ $funcstack[1] == _wmix ]]; then _wmix "$@"; else compdef _wmix wmix; fi
"""

_FISH: Final = """\
# wmix completion for fish: wmix completion fish | source
function __wmix_candidates
    set -l words (commandline -opc) (commandline -ct)
    wmix _complete $words[2..-1] 2>/dev/null
end
complete -c wmix -f -a '(__wmix_candidates)'
complete -c wmix -s o -l out -r -F
"""

_SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}

COMMAND: Final = Command(
    "completion",
    "write a script that makes a shell complete wmix's words",
    positionals=[Positional("shell", "SHELL", "bash, zsh or fish", choices=tuple(_SCRIPTS))],
    examples=["source <(wmix completion bash)"],
)


def run(session: Session) -> int:
    """Write the script."""
    session.terminal.output().write(_SCRIPTS[session.arguments.shell])
    return DONE
