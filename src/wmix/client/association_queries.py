"""Association queries: the text of ASSOCIATORS OF and REFERENCES OF for an object. Brief 5.6.

Names are checked to be identifiers, so that none of them can smuggle a clause into the query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.path_scanner import is_identifier
from wmix.client.verbs import as_path
from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    from wmix.client.verbs import PathLike

__all__ = ["associators", "references"]


def associators(
    path: PathLike,
    *,
    assoc_class: str | None = None,
    result_class: str | None = None,
    role: str | None = None,
    result_role: str | None = None,
    required_qualifier: str | None = None,
    required_assoc_qualifier: str | None = None,
    class_defs_only: bool = False,
) -> str:
    """``ASSOCIATORS OF {path} WHERE ...``.

    Raises:
        InvalidParameter: the object has no path, or a name is no identifier.
    """
    clauses = {
        "AssocClass": assoc_class,
        "ResultClass": result_class,
        "Role": role,
        "ResultRole": result_role,
        "RequiredQualifier": required_qualifier,
        "RequiredAssocQualifier": required_assoc_qualifier,
    }
    return f"ASSOCIATORS OF {{{as_path(path)}}}" + _conditions(clauses, class_defs_only)


def references(
    path: PathLike,
    *,
    result_class: str | None = None,
    role: str | None = None,
    required_qualifier: str | None = None,
    class_defs_only: bool = False,
) -> str:
    """``REFERENCES OF {path} WHERE ...``.

    Raises:
        InvalidParameter: the object has no path, or a name is no identifier.
    """
    clauses = {"ResultClass": result_class, "Role": role, "RequiredQualifier": required_qualifier}
    return f"REFERENCES OF {{{as_path(path)}}}" + _conditions(clauses, class_defs_only)


def _conditions(clauses: dict[str, str | None], class_defs_only: bool) -> str:
    words = []
    for clause, name in clauses.items():
        if name is None:
            continue
        if not is_identifier(name):
            raise InvalidParameter(f"{clause} is a name, not {name!r}")
        words.append(f"{clause} = {name}")
    if class_defs_only:
        words.append("ClassDefsOnly")
    return f" WHERE {' '.join(words)}" if words else ""
