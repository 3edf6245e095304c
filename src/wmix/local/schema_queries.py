"""Schema queries: ``SELECT * FROM meta_class`` over the classes of a namespace. Brief 5.5, [MS-WMI] 2.2.1.1.

The condition says which classes can match at all: named ones are looked up, a common ancestor bounds the search, and
only otherwise every class of the namespace is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.wql.schema import check_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wmix.cim.classes import CimClass
    from wmix.local.schema import Schema
    from wmix.wql.ast import SchemaQuery
    from wmix.wql.schema import SchemaCondition

__all__ = ["matching_classes"]


async def matching_classes(schema: Schema, namespace: str, query: SchemaQuery) -> AsyncIterator[CimClass]:
    """The classes that satisfy *query*; one that names no existing class yields nothing.

    Raises:
        InvalidQuery: the condition tests something that classes do not have.
    """
    condition = check_schema(query)
    for cls in await _candidates(schema, namespace, condition):
        if condition.holds(cls.name, cls.derivation):
            yield cls


async def _candidates(schema: Schema, namespace: str, condition: SchemaCondition) -> list[CimClass]:
    if condition.names is not None:
        found = [await schema.find(namespace, name) for name in condition.names]
        return list({cls.name: cls for cls in found if cls is not None}.values())
    if condition.ancestor is not None:
        top = await schema.find(namespace, condition.ancestor)
        return [] if top is None else await schema.tree(namespace, top)
    return await schema.descendants(namespace, None)
