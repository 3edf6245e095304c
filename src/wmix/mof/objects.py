"""Instance declarations and values to instances and typed values; aliases to paths. wmi-semantics 9.2.3, 9.2.4.

An alias stands for the path of the object that is declared with it, also further down in the file: its class may then
be one that has not been reached either, and is worked out ahead for its keys.  Depends on ``cim``, ``constants`` and
``workspace``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.instances import CimInstance
from wmix.cim.names import fold, nearest
from wmix.cim.path_scanner import MAX_PATH, utf16_length
from wmix.cim.paths import ObjectPath
from wmix.cim.system_properties import system_spelling
from wmix.cim.types import CimType
from wmix.errors import WmiError
from wmix.mof.ast import NULL, AliasReference, ArrayValue, ClassDeclaration, InstanceDeclaration, Literal
from wmix.mof.constants import Misfit, constant_value
from wmix.mof.simple import plain_values

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.cim.types import CimValue
    from wmix.mof.ast import Assignment, Value
    from wmix.mof.workspace import Place, Workspace

__all__ = ["instance_of", "value_of"]

_MAX_CHAIN: Final = 64
"""Aliases whose keys are aliases, and superclasses further down in the file, that may hang on each other."""


def instance_of(workspace: Workspace, declaration: InstanceDeclaration, place: Place) -> CimInstance:
    """The instance that *declaration* makes; properties that it does not set show the class default.

    Raises:
        InvalidMof: no such class or property, or a value that does not fit.
        ClassNeeded, ClassBroken: as ``Workspace.find``.
    """
    name = declaration.class_name
    cls = workspace.find(place.namespace, name)
    if cls is None:
        raise _no_class(name, declaration, place)
    layout = cls.layout
    row = None if declaration.pairs is None else plain_values(layout, declaration.pairs)
    if row is not None and not declaration.qualifiers:
        return CimInstance(layout, row)
    values: list[object] = list(layout.unset)
    for assignment in declaration.assignments:
        i = layout.exact.get(assignment.name)
        if i is None:
            i = _position(layout, assignment, place)
        values[i] = _assigned(workspace, layout, i, assignment, place)
    instance = CimInstance(layout, tuple(values))
    if declaration.qualifiers:
        held = instance.qualifiers_
        for qualifier in workspace.flavors.qualifiers(declaration.qualifiers, place.source, "any"):
            held.add(qualifier)
    for assignment in declaration.assignments:
        if assignment.qualifiers:
            held = instance.properties_[assignment.name].qualifiers
            for qualifier in workspace.flavors.qualifiers(assignment.qualifiers, place.source, "any"):
                held.add(qualifier)
    return instance


def _no_class(name: str, declaration: InstanceDeclaration, place: Place) -> Exception:
    return place.mistake(
        declaration.span,
        codes.WBEM_E_NOT_FOUND,
        f"there is no class {name} in {place.namespace}",
        "declare the class before its instances, or name its namespace with #pragma namespace",
    )


def _position(layout: InstanceLayout, assignment: Assignment, place: Place) -> int:
    if (system := system_spelling(assignment.name)) is not None and fold(assignment.name) not in layout.index:
        raise place.mistake(
            assignment.span, codes.WBEMMOF_E_INVALID_INSTANCE_DECLARATION, f"{system} follows from the object"
        )
    try:
        return layout.position(assignment.name)
    except WmiError as error:
        raise place.mistake(assignment.span, error.status, error.detail, error.hint) from None


def _assigned(workspace: Workspace, layout: InstanceLayout, i: int, assignment: Assignment, place: Place) -> object:
    cim_type, is_array = layout.types[i]
    what = assignment.name
    value = value_of(workspace, assignment.value, cim_type, is_array, what, place)
    if cim_type is CimType.OBJECT:
        try:
            return layout.fit(i, value)  # an embedded object is of the declared class (3.1.5)
        except WmiError as error:
            raise place.mistake(
                assignment.value.span, codes.WBEMMOF_E_TYPE_MISMATCH, error.detail, error.hint
            ) from None
    return value


def value_of(workspace: Workspace, node: Value, cim_type: CimType, is_array: bool, what: str, place: Place) -> CimValue:
    """The value that *node* stands for where *cim_type*, or an array of it, is wanted.

    Raises:
        InvalidMof: it does not fit; *what* names what is being set.
    """
    if is_array:
        if isinstance(node, ArrayValue):
            return tuple([_scalar(workspace, item, cim_type, what, place) for item in node.items])  # type: ignore[misc]  # no element is NULL
        if not (isinstance(node, Literal) and node.kind is NULL):
            raise place.mistake(
                node.span, codes.WBEMMOF_E_TYPE_MISMATCH, f"{what} is an array", "write its elements in braces: {1, 2}"
            )
        return None
    return _scalar(workspace, node, cim_type, what, place)


def _scalar(workspace: Workspace, node: Value, cim_type: CimType, what: str, place: Place) -> CimValue:
    if isinstance(node, Literal):
        try:
            return constant_value(node, cim_type, what)
        except Misfit as misfit:
            raise place.mistake(node.span, misfit.status, misfit.detail, misfit.hint) from None
    if isinstance(node, ArrayValue):
        raise place.mistake(
            node.span, codes.WBEMMOF_E_UNEXPECTED_ARRAY_INIT, f"{what} is no array; a list does not fit"
        )
    if isinstance(node, AliasReference):
        return _reference(workspace, node, cim_type, what, place)
    if cim_type is not CimType.OBJECT:
        raise place.mistake(
            node.span, codes.WBEMMOF_E_TYPE_MISMATCH, f"{what} holds no embedded object; an object does not fit"
        )
    if isinstance(node, ClassDeclaration):
        from wmix.mof.definitions import class_definition  # definitions use values for their defaults

        return class_definition(workspace, node, place.inside())
    return instance_of(workspace, node, place.inside())


# -- aliases


def _reference(workspace: Workspace, node: AliasReference, cim_type: CimType, what: str, place: Place) -> CimValue:
    if place.embedded:
        raise place.mistake(
            node.span,
            codes.WBEMMOF_E_ALIASES_IN_EMBEDDED,
            f"{what}: an embedded object cannot use the alias ${node.name}",
            "write the object path as a string",
        )
    if cim_type is not CimType.REFERENCE:
        raise place.mistake(
            node.span, codes.WBEMMOF_E_UNEXPECTED_ALIAS, f"{what} is no reference; an alias does not fit"
        )
    namespace, path = _Paths(workspace).of(node, place)
    if fold(namespace) != fold(place.namespace):
        path = path.with_(server=".", namespace=namespace)
    return str(path)


class _Paths:
    """The paths of aliases, worked out when they are used."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open: list[str] = []
        self._ahead: list[tuple[str, str]] = []

    def of(self, node: AliasReference, place: Place) -> tuple[str, ObjectPath]:
        """Namespace and relative path of the object that *node* names."""
        folded = fold(node.name)
        known = self._workspace.paths.get(folded)
        if known is not None:
            return known
        found = self._workspace.aliases.get(folded)
        if found is None:
            near = nearest(node.name, [d.alias for d, _ in self._workspace.aliases.values() if d.alias is not None])
            raise place.mistake(
                node.span,
                codes.WBEMMOF_E_UNEXPECTED_ALIAS,
                f"no object is declared as ${node.name}",
                f"did you mean ${near}?" if near else None,
            )
        if folded in self._open:
            chain = " > ".join([f"${alias}" for alias in (*self._open, folded)])
            raise place.mistake(
                node.span, codes.WBEM_E_CIRCULAR_REFERENCE, f"the keys of these aliases depend on each other: {chain}"
            )
        if len(self._open) >= _MAX_CHAIN:
            raise place.mistake(
                node.span, codes.WBEM_E_QUOTA_VIOLATION, f"more than {_MAX_CHAIN} aliases have each other as keys"
            )
        self._open.append(folded)
        declaration, where = found
        if isinstance(declaration, ClassDeclaration):
            path = ObjectPath(server=None, namespace=None, class_name=declaration.name, keys=None, singleton=False)
        else:
            path = self._of_instance(declaration, where, node, place)
        self._open.pop()
        self._workspace.paths[folded] = answer = (where.namespace, path)
        return answer

    def _of_instance(
        self, declaration: InstanceDeclaration, where: Place, node: AliasReference, place: Place
    ) -> ObjectPath:
        cls = self._class(where.namespace, declaration.class_name)
        if cls is None:
            raise _no_class(declaration.class_name, declaration, where)
        given = {fold(assignment.name): assignment for assignment in declaration.assignments}
        values: dict[str, object] = {}
        for key in cls.keys:
            assignment = given.get(fold(key))
            if assignment is not None:
                values[key] = self._key(cls, key, assignment, where)
        path = CimInstance.of(cls, values).path_
        if path is None:
            missing = [key for key in cls.keys if values.get(key, cls.properties[key].default) is None]
            raise place.mistake(
                node.span,
                codes.WBEMMOF_E_UNEXPECTED_ALIAS,
                f"the object declared as ${node.name} has no path: "
                + (f"its key {missing[0]} is not set" if missing else f"class {cls.name} has no key"),
            )
        if utf16_length(str(path)) > MAX_PATH:
            raise place.mistake(
                node.span,
                codes.WBEM_E_QUOTA_VIOLATION,
                f"the path of ${node.name} is longer than {MAX_PATH} characters",
            )
        return path

    def _key(self, cls: CimClass, key: str, assignment: Assignment, where: Place) -> object:
        prop = cls.properties[key]
        node = assignment.value
        if isinstance(node, AliasReference) and prop.type is CimType.REFERENCE:
            namespace, path = self.of(node, where)
            if fold(namespace) != fold(where.namespace):
                path = path.with_(server=".", namespace=namespace)
            return str(path)
        return value_of(self._workspace, node, prop.type, prop.is_array, f"{cls.name}.{key}", where)

    def _class(self, namespace: str, name: str) -> CimClass | None:
        """The class, from further down in the files if it is declared there."""
        key = (fold(namespace), fold(name))
        waiting = self._workspace.pending.get(key)
        if waiting is None:
            return self._workspace.find(namespace, name)
        from wmix.mof.definitions import class_definition  # definitions use values for their defaults

        declaration, where = waiting
        if key in self._ahead or len(self._ahead) >= _MAX_CHAIN:
            raise where.mistake(
                declaration.span,
                codes.WBEM_E_CIRCULAR_REFERENCE,
                f"{name} would be derived from itself"
                if key in self._ahead
                else f"more than {_MAX_CHAIN} superclasses stand behind the alias that needs them",
            )
        self._ahead.append(key)
        definition = class_definition(self._workspace, declaration, where, self._class)
        self._ahead.pop()
        return definition
