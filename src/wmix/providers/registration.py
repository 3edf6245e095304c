"""Registration: what ``@wmix.provider``, ``@wmix.method`` and ``@wmix.events`` record.

A decorator only records; nothing is registered anywhere until the result is handed to ``wmix.connect(providers=...)``
or named by an entry point of the group ``wmix.providers``.  The same definition may serve many engines at once.

How a function runs is its kind: an asynchronous generator (or coroutine) runs on the event loop, a plain generator
function (or function) on a worker thread, never on the loop (:mod:`wmix.providers.host`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wmix.cim.paths import normalize_namespace
from wmix.errors import InvalidParameter
from wmix.providers.declared_types import declared_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wmix.providers.consumers import ConsumerDefinition

    ProviderFunction = Callable[..., Any]

__all__ = ["Definition", "EventDefinition", "MethodDefinition", "ProviderDefinition", "events", "method", "provider"]

#: What can happen to an instance.
CHANGES: Final = frozenset({"creation", "modification", "deletion"})


class ProviderDefinition:
    """A provider as it was declared: the class that it serves, its functions, and what it can use of a query.

    ``properties`` maps names to CIM type names (``"uint64"``, ``"string[]"``) and declares a new class; without it
    the class comes from the schema, or is learnt from the first object that the provider yields.
    """

    __slots__ = (
        "changes_function",
        "class_name",
        "delete_function",
        "function",
        "get_function",
        "keys",
        "name",
        "namespace",
        "parent",
        "properties",
        "pushes",
        "put_function",
        "singleton",
        "tells",
    )

    def __init__(
        self,
        class_name: str,
        function: ProviderFunction,
        *,
        namespace: str,
        keys: Iterable[str],
        properties: Mapping[str, str] | None,
        parent: str | None,
        pushes: Iterable[str],
        name: str | None,
        singleton: bool,
    ) -> None:
        self.class_name = class_name
        self.function = function
        self.namespace = normalize_namespace(namespace)
        self.keys = tuple(keys)
        self.properties = declared_types(class_name, properties)
        self.parent = parent
        self.pushes = frozenset(pushes)
        self.name = name or str(getattr(function, "__qualname__", class_name))
        self.singleton = singleton
        self.get_function: ProviderFunction | None = None
        self.put_function: ProviderFunction | None = None
        self.delete_function: ProviderFunction | None = None
        self.changes_function: ProviderFunction | None = None
        #: The kinds of changes that ``changes_function`` tells.
        self.tells: frozenset[str] = frozenset()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the decorated function itself, as tests do."""
        return self.function(*args, **kwargs)

    def get(self, function: ProviderFunction) -> ProviderFunction:
        """Declare ``function(request, keys) -> mapping | None``: one instance by its keys, without enumeration."""
        self.get_function = function
        return function

    def put(self, function: ProviderFunction) -> ProviderFunction:
        """Declare ``function(request, keys, values)``: write one instance."""
        self.put_function = function
        return function

    def delete(self, function: ProviderFunction) -> ProviderFunction:
        """Declare ``function(request, keys)``: delete one instance."""
        self.delete_function = function
        return function

    def changes(self, *kinds: str) -> Callable[[ProviderFunction], ProviderFunction]:
        """Declare ``function(request)``, a generator that tells changes as they happen, so that nobody polls for them.

        It gets an :class:`~wmix.port.events.EventRequest` and yields :class:`~wmix.port.events.InstanceChange`.  It
        runs once per engine, while somebody subscribes to changes of the class.  A plain generator that waits yields
        None at least twice a second.

        Args:
            kinds: of ``creation``, ``modification`` and ``deletion`` those that it tells; none for all three.  The
                others need WITHIN, and are polled for.

        Raises:
            InvalidParameter: there is no such kind.
        """
        unknown = [kind for kind in kinds if kind not in CHANGES]
        if unknown:
            raise InvalidParameter(
                f"{unknown[0]!r} is no kind of change", hint=f"kinds are {', '.join(sorted(CHANGES))}"
            )

        def decorate(function: ProviderFunction) -> ProviderFunction:
            self.changes_function = function
            self.tells = frozenset(kinds) or CHANGES
            return function

        return decorate

    def __repr__(self) -> str:
        return f"<provider {self.name} of {self.namespace}:{self.class_name}>"


class MethodDefinition:
    """A method as it was declared: its class, its name, its function and, for a new class, its signature."""

    __slots__ = ("cancellable", "class_name", "function", "method", "name", "namespace", "out", "parameters", "static")

    def __init__(
        self,
        class_name: str,
        method: str,
        function: ProviderFunction,
        *,
        namespace: str,
        static: bool,
        parameters: Mapping[str, str] | None,
        out: Mapping[str, str] | None,
        cancellable: bool,
        name: str | None,
    ) -> None:
        self.class_name = class_name
        self.method = method
        self.function = function
        self.namespace = normalize_namespace(namespace)
        self.static = static
        self.parameters = declared_types(f"{class_name}.{method}", parameters)
        self.out = declared_types(f"{class_name}.{method}", out)
        self.cancellable = cancellable
        self.name = name or str(getattr(function, "__qualname__", method))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the decorated function itself, as tests do."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<method {self.namespace}:{self.class_name}.{self.method}>"


class EventDefinition:
    """A source of extrinsic events as it was declared: the event class and the generator.

    ``properties`` maps names to CIM type names and declares a new class below ``parent``; without it the class comes
    from the schema.
    """

    __slots__ = ("class_name", "function", "name", "namespace", "parent", "properties")

    def __init__(
        self,
        class_name: str,
        function: ProviderFunction,
        *,
        namespace: str,
        properties: Mapping[str, str] | None,
        parent: str,
        name: str | None,
    ) -> None:
        self.class_name = class_name
        self.function = function
        self.namespace = normalize_namespace(namespace)
        self.properties = declared_types(class_name, properties)
        self.parent = parent
        self.name = name or str(getattr(function, "__qualname__", class_name))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the decorated function itself, as tests do."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<events {self.name} of {self.namespace}:{self.class_name}>"


#: What a decorator records, and a client or an engine is given.
Definition: TypeAlias = "ProviderDefinition | MethodDefinition | EventDefinition | ConsumerDefinition"


def provider(
    class_name: str,
    *,
    namespace: str = "root/cimv2",
    keys: Iterable[str] = (),
    properties: Mapping[str, str] | None = None,
    parent: str | None = None,
    pushes: Iterable[str] = (),
    name: str | None = None,
    singleton: bool = False,
) -> Callable[[ProviderFunction], ProviderDefinition]:
    """Declare a generator function as the provider of *class_name*.

    The function takes one :class:`~wmix.port.provider.InstanceRequest` and yields a mapping of property names to
    values for each instance.

    Args:
        keys: names of the key properties of a new class; a class of the schema has its own.
        properties: the properties of a new class with their CIM types, e.g. ``{"Size": "uint64"}``; a key that is
            not among them is a string.  Without it a new class is learnt from the first object.
        parent: the superclass of a new class.
        pushes: properties whose comparisons the function can use to yield less.
        singleton: the new class has exactly one instance and no keys.

    Raises:
        InvalidParameter: the name is empty, a singleton has keys, or a type is not the text of a CIM type.
    """
    if not class_name:
        raise InvalidParameter("a provider needs the name of its class")
    if singleton and tuple(keys):
        raise InvalidParameter(f"{class_name} is a singleton: it has no keys")

    def decorate(function: ProviderFunction) -> ProviderDefinition:
        return ProviderDefinition(
            class_name,
            function,
            namespace=namespace,
            keys=keys,
            properties=properties,
            parent=parent,
            pushes=pushes,
            name=name,
            singleton=singleton,
        )

    return decorate


def method(
    class_name: str,
    method_name: str,
    *,
    namespace: str = "root/cimv2",
    static: bool = False,
    parameters: Mapping[str, str] | None = None,
    out: Mapping[str, str] | None = None,
    cancellable: bool = False,
    name: str | None = None,
) -> Callable[[ProviderFunction], MethodDefinition]:
    """Declare a function as method *method_name* of *class_name*.

    The function takes one :class:`~wmix.port.provider.MethodCall` and returns the value of ``ReturnValue`` or a
    mapping of out-parameters.

    Args:
        parameters: input parameters of a new method with their CIM types, in order.
        out: output parameters of a new method with their CIM types, ``ReturnValue`` among them.
        cancellable: the function may be stopped half-way when its caller goes; by default it runs to its end.

    Raises:
        InvalidParameter: a name is empty, or a type is not the text of a CIM type.
    """
    if not class_name or not method_name:
        raise InvalidParameter("a method needs the name of its class and its own")

    def decorate(function: ProviderFunction) -> MethodDefinition:
        return MethodDefinition(
            class_name,
            method_name,
            function,
            namespace=namespace,
            static=static,
            parameters=parameters,
            out=out,
            cancellable=cancellable,
            name=name,
        )

    return decorate


def events(
    class_name: str,
    *,
    namespace: str = "root/cimv2",
    properties: Mapping[str, str] | None = None,
    parent: str = "__ExtrinsicEvent",
    name: str | None = None,
) -> Callable[[ProviderFunction], EventDefinition]:
    """Declare a generator function as the source of the events of *class_name*.

    The function takes one :class:`~wmix.port.events.EventRequest` and yields a mapping of property names to values
    for each event, when it happens.  It runs once per engine, while somebody subscribes.  An asynchronous generator
    runs on the event loop; a plain one on a worker thread, where it yields None at least twice a second while nothing
    happens, so that it can be closed.

    Args:
        properties: the properties of a new event class with their CIM types; a class of the schema has its own.
        parent: the superclass of a new event class.

    Raises:
        InvalidParameter: the name is empty, or a type is not the text of a CIM type.
    """
    if not class_name:
        raise InvalidParameter("a source of events needs the name of its class")

    def decorate(function: ProviderFunction) -> EventDefinition:
        return EventDefinition(
            class_name, function, namespace=namespace, properties=properties, parent=parent, name=name
        )

    return decorate
