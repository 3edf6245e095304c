"""ASSOCIATORS OF and REFERENCES OF clause by clause."""

from __future__ import annotations

from itertools import permutations

import pytest

from wmix.errors import InvalidQuery
from wmix.wql.associators import CLAUSES, FLAGS, associators, references
from wmix.wql.ast import AssociatorsQuery, ReferencesQuery
from wmix.wql.cursor import Cursor

ONLY_ASSOCIATORS = {"AssocClass", "ResultRole", "RequiredAssocQualifier"}


@pytest.mark.parametrize(("field", "spelling"), [(field, spelling) for field, spelling, _ in CLAUSES.values()])
def test_each_clause_has_a_field(field: str, spelling: str) -> None:
    text = f"{{C}} WHERE {spelling.lower()}=x"
    query = associators(Cursor(f"ASSOCIATORS OF {text}", 1))
    assert query == AssociatorsQuery("C").replace(**{field: "x"})
    if spelling in ONLY_ASSOCIATORS:
        with pytest.raises(InvalidQuery, match="a clause of REFERENCES OF"):
            references(Cursor(f"REFERENCES OF {text}", 1))
    else:
        assert references(Cursor(f"REFERENCES OF {text}", 1)) == ReferencesQuery("C").replace(**{field: "x"})


@pytest.mark.parametrize(("field", "spelling"), FLAGS.values())
def test_each_flag_has_a_field(field: str, spelling: str) -> None:
    text = f"{{C}} WHERE {spelling.upper()}"
    assert associators(Cursor(f"ASSOCIATORS OF {text}", 1)) == AssociatorsQuery("C").replace(**{field: True})
    assert references(Cursor(f"REFERENCES OF {text}", 1)) == ReferencesQuery("C").replace(**{field: True})


def test_clauses_stand_in_any_order() -> None:
    clauses = ["AssocClass = A", "Role = B", "KeysOnly", "RequiredQualifier = C"]
    queries = {associators(Cursor(f"ASSOCIATORS OF {{X}} WHERE {' '.join(p)}", 1)) for p in permutations(clauses)}
    assert queries == {AssociatorsQuery("X", assoc_class="A", role="B", required_qualifier="C", keys_only=True)}


def test_the_path_is_kept_as_written() -> None:
    text = "REFERENCES OF { \\\\.\\root\\cimv2:C.A=\"}\",B='{' }"
    query = references(Cursor(text, 1))
    assert query.path == "\\\\.\\root\\cimv2:C.A=\"}\",B='{'"
    assert text[slice(*query.path_span)].strip("{} ") in query.path
