"""Standard string templates: text with properties of an event in it. Brief 7.4.7.

``%Property%`` and ``%TargetInstance.Property%`` stand for values, ``%%`` for a percent sign; what is between two
double quotes stays as it is, with its quotes.  Values are written so: text as it is, booleans ``TRUE`` and ``FALSE``,
an array ``(1,2,3)`` with texts in quotes, an array of one without parentheses, an empty one ``()``, an embedded object
as its MOF.  A member of an array of objects is the array of the members.

Where the manual is silent: NULL and a property that the event does not have give no text at all, a percent sign that
begins no name and a quote without partner stand for themselves.  An expansion has a bound, because one event can be
named many times.  Depends on ``cim`` and the MOF printer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.errors import QuotaExceeded
from wmix.mof.printer import class_text, instance_text
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_TEXT", "Part", "expand", "parse_template", "resolve", "value_text"]

#: Characters of the longest text that a template may become.
MAX_TEXT: Final = 1 << 20

_PARTS: Final = re.compile(
    r'"(?P<quoted>[^"]*)"'
    r"|%(?P<percent>%)"
    r"|%(?P<names>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)%"
    r"|(?P<plain>[^\"%]+|.)",
    re.DOTALL,
)


class Part(Record):
    """A piece of a template: fixed ``text``, or the ``names`` that lead to a value when there are any."""

    text: str
    names: tuple[str, ...] = ()
    #: Whether the text stood between double quotes, which are not part of it.
    is_quoted: bool = False


@lru_cache(maxsize=256)
def parse_template(template: str) -> tuple[Part, ...]:
    """The pieces of *template*, in order."""
    return tuple(_parts(template))


def _parts(template: str) -> Iterator[Part]:
    for match in _PARTS.finditer(template):
        if (quoted := match["quoted"]) is not None:
            yield Part(quoted, is_quoted=True)
        elif (names := match["names"]) is not None:
            yield Part(f"%{names}%", tuple(names.split(".")))
        else:
            yield Part(match["percent"] or match["plain"])


def expand(template: str | None, event: CimInstance) -> str:
    """*template* with the values of *event*; no text for no template.

    >>> from wmix.cim.image import ClassImage
    >>> timer = ClassImage.open().load("root", "__TimerEvent")
    >>> event = CimInstance(timer.layout, timer.layout.unset)
    >>> event.TimerId = "daily"
    >>> expand('%TimerId% %% "%TimerId%"', event)
    'daily % "%TimerId%"'

    Raises:
        QuotaExceeded: the text would be longer than ``MAX_TEXT`` characters.
    """
    pieces: list[str] = []
    room = MAX_TEXT
    for part in parse_template(template or ""):
        if part.names:
            piece = value_text(_resolve(event, part.names))
        else:
            piece = f'"{part.text}"' if part.is_quoted else part.text
        room -= len(piece)
        if room < 0:
            raise QuotaExceeded(
                f"the text of the template {_shown(template)} is longer than {MAX_TEXT} characters",
                hint="name single properties instead of whole objects",
            )
        pieces.append(piece)
    return "".join(pieces)


def resolve(event: CimInstance, part: Part) -> str:
    """The text of one piece, without the quotes around it."""
    return value_text(_resolve(event, part.names)) if part.names else part.text


def _resolve(value: object, names: tuple[str, ...]) -> object:
    """What the dotted *names* lead to: a value, a tuple of values, or None."""
    for at, name in enumerate(names):
        if isinstance(value, tuple):
            rest = names[at:]
            found = [_resolve(item, rest) for item in value]
            # Arrays in an array of objects become one array: CIM has no arrays of arrays.
            return tuple(item for each in found for item in (each if isinstance(each, tuple) else (each,)))
        if not isinstance(value, CimInstance | CimClass) or name not in value:
            return None
        value = value[name]
    return value


def value_text(value: object) -> str:
    """A CIM value as a template shows it."""
    if isinstance(value, tuple):
        items = [f'"{item}"' if isinstance(item, str) else value_text(item) for item in value]
        return items[0] if len(items) == 1 else f"({','.join(items)})"
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case CimInstance():
            return instance_text(value)
        case CimClass():
            return class_text(value)
    return str(value)


def _shown(template: str | None) -> str:
    text = template or ""
    return repr(text if len(text) <= 60 else text[:60] + "...")
