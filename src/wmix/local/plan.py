"""Plans: how a data query is answered, source by source. Brief 5.3, 6.6.4, 6.6.5.

``SELECT ... FROM C`` covers C and every class below it.  Each class with a provider, and each that can have static
instances, is one :class:`SourcePlan`: which properties are read, which keys and comparisons the provider is given, and
the predicate that the engine applies to every row whatever the provider did.  :func:`describe` is what ``wmix explain``
prints.  What conditions need (:mod:`wmix.wql.predicate` and below) is imported for a query that has one.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from wmix.cim.layout import UNSET, compile_row_builder
from wmix.errors import TypeMismatch, error_for
from wmix.port.flags import WBEM_FLAG_DIRECT_READ, WBEM_FLAG_ENSURE_LOCATABLE, WBEM_FLAG_SHALLOW
from wmix.port.provider import Comparison
from wmix.status import WBEM_E_PROVIDER_NOT_FOUND
from wmix.wql.projection import projection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.cim.system_properties import Origin
    from wmix.local.registry import ProviderRegistry
    from wmix.local.schema import Schema
    from wmix.providers.host import HostedProvider
    from wmix.wql.ast import Expression, Operator, SelectQuery
    from wmix.wql.checked import CheckedExpression
    from wmix.wql.constants import Constant

    Values = tuple[object, ...]

__all__ = ["Plan", "Planner", "SourcePlan"]


class SourcePlan:
    """How the instances of one class come about.

    ``read`` is the layout of the rows that are read, ``result`` of those that are given: WHERE may need more than
    SELECT.  ``narrow`` makes the second from the first; None when they are the same.  ``accept`` makes of a provider's
    mapping a row that is given: checked, tested and narrowed; None when it fails the test.
    """

    __slots__ = ("accept", "cls", "comparisons", "keys", "narrow", "properties", "provider", "read", "result", "test")

    def __init__(
        self,
        cls: CimClass,
        provider: HostedProvider | None,
        *,
        read: InstanceLayout,
        result: InstanceLayout,
        test: Callable[[Values], bool] | None,
        properties: frozenset[str] | None,
        keys: tuple[Mapping[str, Any], ...] | None,
        comparisons: tuple[Comparison, ...],
        build: Callable[[Mapping[str, object]], Values],
    ) -> None:
        self.cls = cls
        self.provider = provider
        self.read = read
        self.result = result
        self.test = test
        self.properties = properties
        self.keys = keys
        self.comparisons = comparisons
        self.narrow = _narrow(read, result)
        self.accept = _acceptor(cls, read, build, test, self.narrow)


def _narrow(read: InstanceLayout, result: InstanceLayout) -> Callable[[Values], Values] | None:
    if read.names == result.names:
        return None
    places = [read.exact[name] for name in result.names]
    if not places:
        return lambda values: ()  # noqa: ARG005 - nothing of the row is given
    if len(places) == 1:
        place = places[0]
        return lambda values: (values[place],)
    return itemgetter(*places)


def _acceptor(
    cls: CimClass,
    read: InstanceLayout,
    build: Callable[[Mapping[str, object]], Values],
    test: Callable[[Values], bool] | None,
    narrow: Callable[[Values], Values] | None,
) -> Callable[[Mapping[str, object]], Values | None]:
    """All that is done to one row of a provider, for where the row comes about: on whatever thread that is."""
    keys = read.key_indexes or ()

    def checked(row: Mapping[str, object]) -> Values:
        values = build(row)
        for place in keys:
            value = values[place]
            if value is None or value is UNSET:
                raise TypeMismatch(f"{cls.name}.{read.names[place]} is a key and cannot be NULL")
        return values

    if test is None and narrow is None:
        return checked

    def accept(row: Mapping[str, object]) -> Values | None:
        values = checked(row)
        if test is not None and not test(values):
            return None
        return values if narrow is None else narrow(values)

    return accept


class Plan:
    """The sources of one query over one class tree."""

    __slots__ = ("cls", "sources", "where")

    def __init__(self, cls: CimClass, where: Expression | None, sources: list[SourcePlan]) -> None:
        self.cls = cls
        self.where = where
        self.sources = sources


class Planner:
    """Makes plans for one namespace."""

    def __init__(self, namespace: str, origin: Origin, schema: Schema, registry: ProviderRegistry) -> None:
        self._namespace = namespace
        self._origin = origin
        self._schema = schema
        self._registry = registry
        # Row builders compile source: they are kept with the layouts that they serve, which live as long.
        self._builders: dict[InstanceLayout, Callable[[Mapping[str, object]], Values]] = {}

    async def query(self, query: SelectQuery, flags: int) -> Plan:
        """The plan of a data query.

        Raises:
            InvalidClass: FROM names no class.
            InvalidQuery: SELECT or WHERE names no property, or compares what cannot be compared.
        """
        cls = await self._schema.resolve(self._namespace, query.class_name)
        selected = projection(query.select, cls, text=query.text)
        where = None
        if query.where is not None:
            from wmix.wql.semantics import check

            where = check(query.where, cls, text=query.text)
        names = selected.names
        if names is not None and flags & WBEM_FLAG_ENSURE_LOCATABLE:
            names = (*names, *[key for key in cls.keys if key not in names])
        return await self._plan(cls, query.where, where, names, deep=not flags & WBEM_FLAG_DIRECT_READ)

    async def enumeration(self, class_name: str, flags: int) -> Plan:
        """The plan of an enumeration of instances.

        Raises:
            InvalidClass: there is no such class.
        """
        cls = await self._schema.resolve(self._namespace, class_name)
        deep = not flags & (WBEM_FLAG_SHALLOW | WBEM_FLAG_DIRECT_READ)
        return await self._plan(cls, None, None, None, deep=deep)

    async def _plan(
        self,
        cls: CimClass,
        where: Expression | None,
        checked: CheckedExpression | None,
        names: Sequence[str] | None,
        *,
        deep: bool,
    ) -> Plan:
        classes = await self._schema.tree(self._namespace, cls) if deep else [cls]
        sources = []
        for candidate in classes:
            provider = self._registry.provider(self._namespace, candidate.name)
            if provider is None and candidate.is_abstract:
                continue
            if provider is None and candidate.is_dynamic:
                if candidate is cls and len(classes) == 1:
                    raise error_for(
                        WBEM_E_PROVIDER_NOT_FOUND,
                        f"no provider is registered for {cls.name} (its Provider qualifier says {cls.provider_name!r})",
                    )
                continue
            source = self._source(candidate, provider, checked, names)
            if source is not None:
                sources.append(source)
        return Plan(cls, where, sources)

    def _source(
        self,
        cls: CimClass,
        provider: HostedProvider | None,
        checked: CheckedExpression | None,
        names: Sequence[str] | None,
    ) -> SourcePlan | None:
        result = cls.layout if names is None else cls.layout_for(names)
        condition = _Condition(result)
        if checked is not None:
            tested = _condition(cls, provider, checked, result, self._origin, narrowed=names is not None)
            if tested is None:
                return None
            condition = tested
        read = condition.read
        return SourcePlan(
            cls,
            provider,
            read=read,
            result=result,
            test=condition.test,
            properties=frozenset(read.names) if read.selected else None,
            keys=condition.keys,
            comparisons=condition.pushed,
            build=self.builder(read),
        )

    def builder(self, layout: InstanceLayout) -> Callable[[Mapping[str, object]], Values]:
        """The function that checks a provider's mapping and makes a row of *layout*."""
        found = self._builders.get(layout)
        if found is None:
            if len(self._builders) >= 256:
                self._builders.pop(next(iter(self._builders)))
            found = self._builders[layout] = compile_row_builder(layout)
        return found


class _Condition:
    """What WHERE makes of one source: what is read, tested, looked up and pushed down."""

    __slots__ = ("keys", "pushed", "read", "test")

    def __init__(
        self,
        read: InstanceLayout,
        test: Callable[[Values], bool] | None = None,
        keys: tuple[Mapping[str, Any], ...] | None = None,
        pushed: tuple[Comparison, ...] = (),
    ) -> None:
        self.read = read
        self.test = test
        self.keys = keys
        self.pushed = pushed


def _condition(
    cls: CimClass,
    provider: HostedProvider | None,
    checked: CheckedExpression,
    result: InstanceLayout,
    origin: Origin,
    *,
    narrowed: bool,
) -> _Condition | None:
    """The condition for the instances of *cls*; None when none of them can satisfy it."""
    from wmix.wql.predicate import always, compile_predicate, never
    from wmix.wql.pushdown import comparisons, key_equalities, needed_names

    read = result
    if narrowed:
        needed = needed_names(checked)
        if any(name not in result.exact for name in needed):
            read = cls.layout_for([*result.names, *needed])
    test = compile_predicate(checked, read, origin)
    if test is never:
        return None
    found = key_equalities(checked, cls.keys)
    pushed = [
        Comparison(name, operator, value, acceptance(operator, value))
        for name, operator, value in comparisons(checked)
        if provider is None or name in provider.pushes
    ]
    keys = None if found is None else tuple(found)
    return _Condition(read, None if test is always else test, keys, tuple(pushed))


def acceptance(operator: Operator, value: Constant) -> Callable[[object], bool]:
    """Whether a value of a property satisfies one comparison, by the rules of WQL; NULL never does."""
    from wmix.wql.comparing import Scope, compare, matches

    names = Scope()
    test = names.function(matches(str(value), names) if operator == "LIKE" else compare(operator, value, names))
    return lambda found: found is not None and test(found)


def describe(plan: Plan) -> str:
    """The plan for people: for each source what is read, what is pushed down, and what the engine finishes."""
    from wmix.wql.printer import to_text

    lines = [f"FROM {plan.cls.name}: {len(plan.sources)} source{'' if len(plan.sources) == 1 else 's'}"]
    for source in plan.sources:
        kind = "repository" if source.provider is None else f"provider {source.provider.name}"
        lines.append(f"  {source.cls.name}: {kind}")
        read = "all properties" if source.properties is None else ", ".join(source.read.names) or "no property"
        lines.append(f"    reads      {read}")
        if source.keys is not None:
            shown = " or ".join(
                "(" + ", ".join(f"{name} = {value!r}" for name, value in key.items()) + ")" for key in source.keys
            )
            lines.append(f"    key lookup {shown or 'none can match'}")
        lines += [f"    pushed     {term.name} {term.operator} {term.value!r}" for term in source.comparisons]
        if source.test is not None and plan.where is not None:
            lines.append(f"    filtered   {to_text(plan.where)}")
        if source.narrow is not None:
            lines.append(f"    gives      {', '.join(source.result.names) or 'system properties only'}")
    if not plan.sources:
        lines.append("  nothing can match")
    return "\n".join(lines)
