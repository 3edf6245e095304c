"""Instances and classes that know the client they came from, so that they can be put back, deleted and followed.

Which client it is stands on the Python class, not on every object: each client has subclasses of its own, and an
instance costs no more than one without a client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping

    from wmix.cim.methods import CimMethod
    from wmix.cim.paths import ObjectPath
    from wmix.cim.properties import CimProperty
    from wmix.client.asynchronous import AsyncClient
    from wmix.client.blocking import Client
    from wmix.client.handles import AsyncQuery, Query
    from wmix.client.verbs import ContextLike, Mode, Update

    BlockingQuery = Query[Any]
    AwaitedQuery = AsyncQuery[Any]
else:
    # A text in their place would be compiled at the import, and the compiler's own types with it: 3 ms of each start.
    BlockingQuery = AwaitedQuery = object

__all__ = ["AsyncClass", "AsyncInstance", "Class", "Instance", "bound_class", "bound_like", "bound_to"]

C = TypeVar("C", bound=CimClass)
Q = TypeVar("Q")


class _BoundInstance(CimInstance, Generic[Q]):
    """What the instances of both clients share; *Q* is the kind of handle that their client gives."""

    __slots__ = ()
    _client: Any

    def associators_(
        self,
        assoc_class: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
        *,
        required_qualifier: str | None = None,
        required_assoc_qualifier: str | None = None,
        class_defs_only: bool = False,
        mode: Mode = "semisync",
        batch: int | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        context: ContextLike | None = None,
    ) -> Q:
        """The objects at the other ends of this one's associations, as they come (ASSOCIATORS OF).

        Args:
            assoc_class: only by associations of this class or below it.
            result_class: only objects of this class or below it.
            role: only by associations in which this object stands in the property *role*.
            result_role: only objects that stand in the property *result_role*.
            required_qualifier, required_assoc_qualifier: only objects, or associations, whose class has it.
            class_defs_only: the classes of the objects instead, each once.
            mode, batch, deadline, timeout, context: as of :meth:`Client.query`.
        """
        from wmix.client.association_queries import associators

        wql = associators(
            self,
            assoc_class=assoc_class,
            result_class=result_class,
            role=role,
            result_role=result_role,
            required_qualifier=required_qualifier,
            required_assoc_qualifier=required_assoc_qualifier,
            class_defs_only=class_defs_only,
        )
        found: Q = self._client.query(wql, mode=mode, batch=batch, deadline=deadline, timeout=timeout, context=context)
        return found

    def references_(
        self,
        result_class: str | None = None,
        role: str | None = None,
        *,
        required_qualifier: str | None = None,
        class_defs_only: bool = False,
        mode: Mode = "semisync",
        batch: int | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        context: ContextLike | None = None,
    ) -> Q:
        """The associations that name this object, as they come (REFERENCES OF).

        Args:
            result_class: only associations of this class or below it.
            role: only those in which this object stands in the property *role*.
            required_qualifier: only those whose class has it.
            class_defs_only: their classes instead, each once.
            mode, batch, deadline, timeout, context: as of :meth:`Client.query`.
        """
        from wmix.client.association_queries import references

        wql = references(
            self,
            result_class=result_class,
            role=role,
            required_qualifier=required_qualifier,
            class_defs_only=class_defs_only,
        )
        found: Q = self._client.query(wql, mode=mode, batch=batch, deadline=deadline, timeout=timeout, context=context)
        return found

    def __reduce__(self) -> tuple[object, ...]:
        return CimInstance(self.layout_, tuple(self.raw_values_()), self.origin_).__reduce__()


class Instance(_BoundInstance[BlockingQuery]):
    """An instance that a :class:`~wmix.client.blocking.Client` gave."""

    __slots__ = ()
    _client: Client

    def put_(self, *, create: bool | None = None) -> ObjectPath:
        """Write this instance; see :meth:`Client.put`."""
        return self._client.put(self, create=create)

    def delete_(self) -> None:
        """Delete this instance; see :meth:`Client.delete`."""
        self._client.delete(self)


class AsyncInstance(_BoundInstance[AwaitedQuery]):
    """An instance that an :class:`~wmix.client.asynchronous.AsyncClient` gave."""

    __slots__ = ()
    _client: AsyncClient

    def put_(self, *, create: bool | None = None) -> Coroutine[Any, Any, ObjectPath]:
        """Write this instance; see :meth:`AsyncClient.put`."""
        return self._client.put(self, create=create)

    def delete_(self) -> Coroutine[Any, Any, None]:
        """Delete this instance; see :meth:`AsyncClient.delete`."""
        return self._client.delete(self)


class _BoundClass(CimClass):
    """What the classes of both clients share: what comes from them belongs to the same client."""

    __slots__ = ()
    _client: Any
    _instance_type: type[CimInstance]

    def spawn_(self, values: Mapping[str, object] | None = None, /, **named: object) -> Any:
        """A new instance of the class; see :meth:`CimClass.spawn_`."""
        made = super().spawn_(values, **named)
        return self._instance_type(made.layout_, made.raw_values_(), made.origin_)

    def derive_(
        self,
        name: str,
        *,
        properties: Mapping[str, str | CimProperty] | None = None,
        keys: Iterable[str] = (),
        defaults: Mapping[str, object] | None = None,
        qualifiers: Mapping[str, object] | None = None,
        methods: Iterable[CimMethod] = (),
    ) -> CimClass:
        """A class below this one; see :meth:`CimClass.derive_`."""
        made = super().derive_(
            name, properties=properties, keys=keys, defaults=defaults, qualifiers=qualifiers, methods=methods
        )
        return bound_class(type(self), made)

    def clone_(self) -> CimClass:
        """An independent copy; see :meth:`CimClass.clone_`."""
        return bound_class(type(self), super().clone_())


class Class(_BoundClass):
    """A class that a :class:`~wmix.client.blocking.Client` gave."""

    __slots__ = ()
    _client: Client

    def put_(self, *, create: bool | None = None, update: Update = "compatible") -> ObjectPath:
        """Write this class; see :meth:`Client.put`."""
        return self._client.put(self, create=create, update=update)

    def delete_(self) -> None:
        """Delete this class, those below it and their instances; see :meth:`Client.delete`."""
        self._client.delete(self)


class AsyncClass(_BoundClass):
    """A class that an :class:`~wmix.client.asynchronous.AsyncClient` gave."""

    __slots__ = ()
    _client: AsyncClient

    def put_(self, *, create: bool | None = None, update: Update = "compatible") -> Coroutine[Any, Any, ObjectPath]:
        """Write this class; see :meth:`AsyncClient.put`."""
        return self._client.put(self, create=create, update=update)

    def delete_(self) -> Coroutine[Any, Any, None]:
        """Delete this class, those below it and their instances; see :meth:`AsyncClient.delete`."""
        return self._client.delete(self)


def bound_to(kind: type[CimInstance], client: object, classes: type[CimClass]) -> type[CimInstance]:
    """The subclass of *kind* whose instances belong to *client*; so do the classes that come along, of *classes*."""
    body = {"__slots__": (), "_client": client, "__module__": kind.__module__}
    made = type(kind.__name__, (kind,), dict(body))
    class_type = type(classes.__name__, (classes,), {**body, "__module__": classes.__module__, "_instance_type": made})
    made._class_type = class_type  # type: ignore[attr-defined]  # read by bound_like
    return made


def bound_class(kind: type[C], cls: CimClass) -> C:
    """*cls* as an object of *kind*; the two share everything."""
    bound = kind.__new__(kind)
    for slot in CimClass.__slots__:
        setattr(bound, slot, getattr(cls, slot))
    return bound


def bound_like(make: object, cls: CimClass) -> CimClass:
    """*cls* as an object of the client whose instances *make* makes; as it is where they belong to none."""
    kind: type[CimClass] | None = getattr(make, "_class_type", None)
    return cls if kind is None else bound_class(kind, cls)
