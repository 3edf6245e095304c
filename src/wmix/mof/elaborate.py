"""From declarations to steps: the compilation of one unit. wmi-semantics 9.2, 9.3.

A :class:`Compilation` goes through the declarations in order and turns each into a step when it is reached, so that
it sees the classes as the steps before have left them: whoever applies the steps does so one by one.  Classes that
the files declare themselves are known without asking.

There are three ways to run one.  :meth:`Compilation.exchange` is a generator that yields steps and, in between,
questions (``NeedClass``) whose answers are sent to it: for callers that have to wait for an answer.
:meth:`Compilation.steps` takes a function that answers at once.  :meth:`Compilation.check` applies nothing and
collects the mistakes of all declarations.

Depends on ``definitions``, ``objects`` and ``steps``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.names import fold
from wmix.cim.paths import normalize_namespace, split_resource
from wmix.errors import ConnectError, WmiError
from wmix.mof import ast
from wmix.mof.definitions import class_definition
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, Diagnostic, InvalidMof
from wmix.mof.includes import Unit, load, unit_of
from wmix.mof.objects import instance_of
from wmix.mof.pragmas import CLASS_FLAGS, INSTANCE_FLAGS
from wmix.mof.steps import (
    AutoRecover,
    DeleteClass,
    DeleteInstance,
    NeedClass,
    PutClass,
    PutInstance,
    Step,
    UseNamespace,
)
from wmix.mof.workspace import ClassBroken, ClassNeeded, Place, Workspace, mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from wmix.cim.classes import CimClass
    from wmix.mof.source import Source

    Resolver = Callable[[str, str], CimClass | None]
    Exchange = Generator[Step | NeedClass, CimClass | None, None]

__all__ = ["DEFAULT_NAMESPACE", "Compilation", "compile_file", "compile_text"]

DEFAULT_NAMESPACE: Final = "root\\default"
"""Where declarations go before any pragma says otherwise (wmi-semantics 9.3.1)."""


def compile_text(text: str, *, name: str = "<text>", namespace: str = DEFAULT_NAMESPACE) -> Compilation:
    """The compilation of one text, which may include no file.

    Raises:
        InvalidMof: the text is wrong.
    """
    return Compilation(unit_of(text, name), namespace=namespace)


def compile_file(name: str, read: Callable[[str], bytes], *, namespace: str = DEFAULT_NAMESPACE) -> Compilation:
    """The compilation of a file and what it includes; see ``includes.load`` for *read* and what it raises."""
    return Compilation(load(name, read), namespace=namespace)


class Compilation:
    """The ordered steps of one unit.

    Attributes:
        unit: the declarations.
        amendment: the locale of ``#pragma amendment``, for example ``MS_409``, or None.
        autorecover: whether ``#pragma autorecover`` stands in it.
    """

    __slots__ = ("_aliases", "_flags", "_pending", "_places", "_trusted", "amendment", "autorecover", "unit")

    def __init__(
        self,
        unit: Unit,
        *,
        namespace: str = DEFAULT_NAMESPACE,
        class_flags: int = 0,
        instance_flags: int = 0,
        trusted: bool = False,
    ) -> None:
        r"""Find namespaces and aliases of all declarations.

        Args:
            namespace: where declarations go until a pragma names another one, for example ``root\cimv2``.
            class_flags, instance_flags: WBEM_FLAG_* bits that hold until a pragma sets others.
            trusted: accept names and qualifiers that only the system may use: for the shipped classes.

        Raises:
            InvalidMof: a namespace that is none or on another server, an alias or an amendment that stands twice.
        """
        self.unit = unit
        self.amendment: str | None = None
        self.autorecover = False
        self._flags = (class_flags, instance_flags)
        self._trusted = trusted
        self._places: list[Place] = []
        self._aliases: dict[str, tuple[ast.ClassDeclaration | ast.InstanceDeclaration, Place]] = {}
        self._pending: dict[tuple[str, str], tuple[ast.ClassDeclaration, Place]] = {}
        diagnostics: list[Diagnostic] = []
        place = Place(unit.main, normalize_namespace(namespace))
        for source, declaration in unit.items:
            if source is not place.source:
                place = Place(source, place.namespace)
            try:
                place = self._survey(source, declaration, place)
            except InvalidMof as error:
                diagnostics += error.diagnostics
            self._places.append(place)
        if diagnostics:
            raise InvalidMof(tuple(diagnostics[:MAX_DIAGNOSTICS]))

    def _survey(self, source: Source, declaration: ast.Declaration, place: Place) -> Place:
        if isinstance(declaration, ast.NamespacePragma):
            return Place(source, _namespace(declaration, source))
        if isinstance(declaration, ast.Amendment):
            if self.amendment is not None:
                raise mistake(
                    source,
                    declaration.span,
                    codes.WBEMMOF_E_INVALID_DUPLICATE_AMENDMENT,
                    "the amendment pragma stands twice",
                )
            self.amendment = declaration.text
        elif isinstance(declaration, ast.AutoRecover):
            self.autorecover = True
        elif isinstance(declaration, ast.ClassDeclaration | ast.InstanceDeclaration):
            if isinstance(declaration, ast.ClassDeclaration):
                # The first declaration of a name: what is ahead of an alias is worked out from it.
                self._pending.setdefault((fold(place.namespace), fold(declaration.name)), (declaration, place))
            if declaration.alias is not None:
                if fold(declaration.alias) in self._aliases:
                    raise mistake(
                        source,
                        declaration.span,
                        codes.WBEMMOF_E_MULTIPLE_ALIASES,
                        f"the alias ${declaration.alias} is defined twice",
                    )
                self._aliases[fold(declaration.alias)] = (declaration, place)
        return place

    # -- running

    def steps(self, resolve: Resolver) -> Iterator[Step]:
        """The steps, each worked out when it is asked for.

        Args:
            resolve: the definition of a class by namespace and name as it is at that moment, None if there is none.

        Raises:
            InvalidMof: a declaration is wrong; the steps before it have been given out.
        """
        exchange = self.exchange()
        answer: CimClass | None = None
        while True:
            try:
                said = exchange.send(answer)
            except StopIteration:
                return
            if isinstance(said, NeedClass):
                answer = resolve(said.namespace, said.name)
            else:
                answer = None
                yield said

    def exchange(self) -> Exchange:
        """The steps and questions: send the answer to a ``NeedClass`` and None to a step.

        Raises:
            InvalidMof: as :meth:`steps`.
        """
        return self._run(None)

    def check(self, resolve: Resolver, seen: Callable[[Step], None] | None = None) -> tuple[Diagnostic, ...]:
        """The mistakes of all declarations, at most twenty; declarations that need a broken class are passed over.

        Args:
            seen: hears of every step that could be worked out.
        """
        found: list[Diagnostic] = []
        exchange = self._run(found)
        answer: CimClass | None = None
        while len(found) < MAX_DIAGNOSTICS:
            try:
                said = exchange.send(answer)
            except StopIteration:
                break
            answer = None
            if isinstance(said, NeedClass):
                answer = resolve(said.namespace, said.name)
            elif seen is not None:
                seen(said)
        exchange.close()
        return tuple(found[:MAX_DIAGNOSTICS])

    def _run(self, found: list[Diagnostic] | None) -> Exchange:
        workspace = Workspace(trusted=self._trusted)
        workspace.aliases = self._aliases
        workspace.pending = dict(self._pending)
        run = _Run(workspace, *self._flags)
        for (_, declaration), place in zip(self.unit.items, self._places, strict=True):
            while True:
                try:
                    step = run.step(declaration, place)
                except ClassNeeded as needed:
                    answer = yield NeedClass(needed.namespace, needed.name)
                    workspace.learn(needed.namespace, needed.name, answer)
                    continue
                except (InvalidMof, ClassBroken) as error:
                    if found is None:
                        raise
                    if isinstance(error, InvalidMof):
                        found += error.diagnostics
                    if isinstance(declaration, ast.ClassDeclaration):
                        workspace.spoil(place.namespace, declaration.name)
                        run.passed(declaration, place)
                    break
                if step is not None:
                    yield step
                break


class _Run:
    """One pass over the declarations: what the flags are by now."""

    def __init__(self, workspace: Workspace, class_flags: int, instance_flags: int) -> None:
        self._workspace = workspace
        self._class_flags = class_flags
        self._instance_flags = instance_flags

    def passed(self, declaration: ast.ClassDeclaration, place: Place) -> None:
        """A class declaration is behind: it is no longer to be found further down."""
        self._workspace.pending.pop((fold(place.namespace), fold(declaration.name)), None)

    def step(self, declaration: ast.Declaration, place: Place) -> Step | None:
        """The step that *declaration* asks for; None for one that only changes what holds for the following ones."""
        workspace, source, namespace = self._workspace, place.source, place.namespace
        match declaration:
            case ast.InstanceDeclaration():
                instance = instance_of(workspace, declaration, place)
                return PutInstance(source, declaration.span, namespace, instance, self._instance_flags)
            case ast.ClassDeclaration():
                definition = class_definition(workspace, declaration, place)
                workspace.learn(namespace, declaration.name, definition)
                self.passed(declaration, place)
                return PutClass(source, declaration.span, namespace, definition, self._class_flags)
            case ast.QualifierDeclaration():
                workspace.flavors.declare(declaration)
            case ast.NamespacePragma():
                return UseNamespace(source, declaration.span, namespace)
            case ast.DeleteClassPragma():
                workspace.forget(namespace, declaration.target)
                return DeleteClass(source, declaration.span, namespace, declaration.target, declaration.fail)
            case ast.DeleteInstancePragma():
                return DeleteInstance(source, declaration.span, namespace, declaration.target, declaration.fail)
            case ast.ClassFlags():
                self._class_flags = _flags(declaration.words, CLASS_FLAGS)
            case ast.InstanceFlags():
                self._instance_flags = _flags(declaration.words, INSTANCE_FLAGS)
            case ast.AutoRecover():
                return AutoRecover(source, declaration.span, namespace)
        return None


def _flags(words: tuple[str, ...], known: dict[str, int]) -> int:
    bits = 0
    for word in words:
        bits |= known[word]
    return bits


def _namespace(pragma: ast.NamespacePragma, source: Source) -> str:
    """The namespace that a pragma names: on this machine, from the root.

    Raises:
        InvalidMof: INVALID_NAMESPACE_SYNTAX, or INVALID_NAMESPACE_SPECIFICATION for another server.
    """
    try:
        server, namespace = split_resource(pragma.text)
    except ConnectError as error:
        raise mistake(
            source, pragma.span, codes.WBEMMOF_E_INVALID_NAMESPACE_SPECIFICATION, error.detail, error.hint
        ) from None
    except WmiError as error:
        raise mistake(source, pragma.span, codes.WBEMMOF_E_INVALID_NAMESPACE_SYNTAX, error.detail, error.hint) from None
    if server not in (None, ".") and fold(str(server)) != "localhost":
        raise mistake(
            source,
            pragma.span,
            codes.WBEMMOF_E_INVALID_NAMESPACE_SPECIFICATION,
            f"the namespace is on another server, {server}",
            "name the server when compiling, not in the file",
        )
    return namespace
