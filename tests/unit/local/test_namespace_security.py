"""Security of namespaces: what is stored, what is inherited, and what the door makes of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.drafts import ClassDraft
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.config import Settings
from wmix.engine.engine import Engine
from wmix.errors import AccessDenied, InvalidOperation, InvalidParameter, WmiError
from wmix.local.namespace_security import DEFAULT, descriptor_of
from wmix.local.system import LocalSystem
from wmix.port.backend import NamespaceSecurity
from wmix.port.caller import Caller, Rights
from wmix.port.flags import WBEM_FLAG_UPDATE_ONLY, WBEM_FLAG_USE_AMENDED_QUALIFIERS
from wmix.port.requests import (
    DeleteInstance,
    ExecMethod,
    ExecQuery,
    GetObject,
    OpenNamespace,
    PutClass,
    PutInstance,
)
from wmix.repository.memory import MemoryRepository
from wmix.security.descriptor import SecurityDescriptor
from wmix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wmix.engine.services import Services

ADMIN = Caller("admin")
#: Everything that a login can grant without making an administrator.
MOST = Rights.ALL & ~Rights.PUBLISH
EVE = Caller("DOM\\eve", rights=MOST)
ALL_TO_EVERYONE = "(A;;CCDCLCSWRPWPDTLORCWD;;;WD)"


def machine(work: Callable[[Engine], Coroutine[Any, Any, None]]) -> None:
    """Run *work* over an engine with root, root\\a and root\\a\\b in a repository, and the system classes."""

    async def run() -> None:
        repository = MemoryRepository()
        for namespace in ("root\\a", "root\\a\\b"):
            await repository.create_namespace(namespace)
        settings = Settings()
        system = LocalSystem(settings, repository, server="HERE", image=ClassImage.open())
        engine = Engine(system, settings, audit=lambda record: None)
        try:
            await work(engine)
        finally:
            await engine.close()

    asyncio.run(run())


async def store(engine: Engine, namespace: str, sddl: str | None, *, encrypted: bool = False) -> None:
    octets = None if sddl is None else SecurityDescriptor.parse(sddl).octets
    repository = engine.services("root", ADMIN).backend.repository  # type: ignore[attr-defined]
    await repository.set_security(namespace, NamespaceSecurity(octets, encrypted))


async def method(services: Services, name: str, **parameters: object) -> CimInstance:
    request = ExecMethod(path="__SystemSecurity", method=name, parameters=parameters or None)
    found = (await services.run(request)).object()
    assert isinstance(found, CimInstance)
    return found


async def sddl(services: Services) -> str:
    return SecurityDescriptor.read(bytes((await method(services, "GetSD"))["SD"])).sddl


async def namespace_class(services: Services) -> CimClass:
    found = (await services.run(GetObject(path="__Namespace"))).object()
    assert isinstance(found, CimClass)
    return found


async def rights(services: Services) -> int:
    return int((await method(services, "GetCallerAccessRights"))["rights"])


# -- descriptors


def test_without_a_descriptor_root_has_the_default_and_the_others_inherit_it() -> None:
    async def work(engine: Engine) -> None:
        assert await sddl(engine.services("root", ADMIN)) == DEFAULT.sddl
        assert await sddl(engine.services("root\\a\\b", ADMIN)) == (
            "O:BAG:BAD:AI(A;CIID;CCDCLCSWRPWPDTLORCWD;;;BA)(A;CIID;CCDCLCSWRPWPDTLORC;;;AU)"
        )

    machine(work)


def test_what_is_set_is_inherited_at_once_through_all_that_lies_below() -> None:
    async def work(engine: Engine) -> None:
        below = engine.services("root\\a\\b", ADMIN)
        octets = SecurityDescriptor.parse("O:SYG:BAD:P(A;CI;CC;;;WD)").octets
        assert (await method(engine.services("root\\a", ADMIN), "SetSD", SD=tuple(octets)))["ReturnValue"] == 0
        assert await sddl(below) == "O:SYG:BAD:AI(A;CIID;CC;;;WD)"
        await store(engine, "root\\a\\b", "D:(D;;DC;;;WD)")
        assert await sddl(below) == "O:SYG:BAD:AI(D;;DC;;;WD)(A;CIID;CC;;;WD)"

    machine(work)


def test_there_is_always_an_owner_and_a_group() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root", "D:(A;;CC;;;WD)")
        assert await sddl(engine.services("root", ADMIN)) == "O:BAG:BAD:(A;;CC;;;WD)"
        assert await sddl(engine.services("root\\a", ADMIN)) == "O:BAG:BAD:AI"

    machine(work)


def test_entries_that_were_inherited_are_not_stored() -> None:
    async def work(engine: Engine) -> None:
        services = engine.services("root\\a", ADMIN)
        shown = (await method(services, "GetSD"))["SD"]
        assert (await method(services, "SetSD", SD=shown))["ReturnValue"] == 0
        (stored,) = await services.backend.repository.security(["root\\a"])  # type: ignore[attr-defined]
        assert SecurityDescriptor.read(stored.descriptor).dacl == ()
        assert (await method(services, "GetSD"))["SD"] == shown

    machine(work)


@pytest.mark.parametrize(
    ("given", "symbol"),
    [
        ({}, "WBEM_E_INVALID_METHOD_PARAMETERS"),
        ({"SD": (1, 2, 3)}, "WBEM_E_INVALID_PARAMETER"),
        ({"SD": tuple(SecurityDescriptor.parse("O:BAG:BA").octets)}, "WBEM_E_INVALID_PARAMETER"),
    ],
)
def test_what_is_no_descriptor_or_would_open_the_namespace_is_refused(given: dict[str, object], symbol: str) -> None:
    async def work(engine: Engine) -> None:
        services = engine.services("root\\a", ADMIN)
        with pytest.raises(WmiError) as caught:
            await method(services, "SetSD", **given)
        assert caught.value.symbol == symbol
        repository = services.backend.repository  # type: ignore[attr-defined]
        assert await repository.security(["root\\a"]) == [NamespaceSecurity()]

    machine(work)


def test_the_descriptor_is_an_object_too_with_names() -> None:
    async def work(engine: Engine) -> None:
        services = engine.services("root\\a", ADMIN)
        await store(
            engine,
            "root\\a",
            "O:BAG:SYD:P(D;CI;DC;;;WD)(OA;;CC;03020100-0504-0706-0809-0a0b0c0d0e0f;;BU)S:(AU;SA;CC;;;WD)",
        )
        before = await sddl(services)
        found = (await method(services, "GetSecurityDescriptor"))["Descriptor"]
        assert found.class_name_ == "__SecurityDescriptor"
        assert (found["Owner"]["Domain"], found["Owner"]["Name"]) == ("BUILTIN", "Administrators")
        assert [entry["AccessMask"] for entry in found["DACL"]] == [2, 1]
        assert found["DACL"][0]["Trustee"]["SidString"] == "S-1-1-0"
        assert found["SACL"][0]["AceType"] == 2
        await store(engine, "root\\a", None)
        assert (await method(services, "SetSecurityDescriptor", Descriptor=found))["ReturnValue"] == 0
        assert await sddl(services) == before

    machine(work)


def test_an_entry_of_an_object_may_name_whom_it_is_for() -> None:
    async def work(engine: Engine) -> None:
        services = engine.services("root\\a", ADMIN)
        find = engine.source.open("root\\a").schema.resolve  # type: ignore[attr-defined]
        whole, entry, trustee = [
            await find("root\\cimv2", name) for name in ("Win32_SecurityDescriptor", "Win32_ACE", "Win32_Trustee")
        ]
        eve = CimInstance.of(trustee, {"Domain": "DOM", "Name": "eve"})
        ace = CimInstance.of(entry, {"AccessMask": 3, "AceType": 0, "Trustee": eve})
        await method(services, "SetSecurityDescriptor", Descriptor=CimInstance.of(whole, {"DACL": (ace,)}))
        assert await rights(engine.services("root\\a", EVE.replace(rights=Rights.READ | Rights.METHOD_EXECUTE))) & 2
        for wrong, message in [
            (CimInstance.of(entry, {"AccessMask": 3, "AceType": 0}), r"DACL\[0\] has no Trustee"),
            (CimInstance.of(entry, {"AceType": 0, "Trustee": eve}), "AccessMask is a number"),
            (
                CimInstance.of(entry, {"AccessMask": 3, "AceType": 0, "Trustee": CimInstance.of(trustee, {})}),
                "neither SID, nor SidString, nor Name",
            ),
            (
                CimInstance.of(
                    entry, {"AccessMask": 3, "AceType": 0, "Trustee": CimInstance.of(trustee, {"SidString": "x"})}
                ),
                "no security identifier",
            ),
        ]:
            with pytest.raises(WmiError, match=message) as caught:
                await method(services, "SetSecurityDescriptor", Descriptor=CimInstance.of(whole, {"DACL": (wrong,)}))
            assert caught.value.symbol == "WBEM_E_INVALID_METHOD_PARAMETERS"

    machine(work)


def test_the_lists_of_windows_9x_are_disabled() -> None:
    async def work(engine: Engine) -> None:
        for name in ("Get9XUserList", "Set9XUserList"):
            with pytest.raises(WmiError) as caught:
                await method(engine.services("root", ADMIN), name)
            assert caught.value.symbol == "WBEM_E_METHOD_DISABLED"

    machine(work)


def test_a_deleted_namespace_leaves_no_descriptor_to_the_next_of_its_name() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\a", "D:P(A;;CC;;;WD)")
        root = engine.services("root", ADMIN)
        await root.run(DeleteInstance(path='__Namespace.Name="a"'))
        cls = await namespace_class(root)
        await root.run(PutInstance(object=CimInstance.of(cls, {"Name": "a"})))
        assert "AU" in await sddl(engine.services("root\\a", ADMIN))

    machine(work)


def test_root_and_its_default_tell_which_version_runs() -> None:
    async def work(engine: Engine) -> None:
        for namespace in ("root", "root\\default"):
            found = (await engine.services(namespace, ADMIN).run(GetObject(path="__CIMOMIdentification=@"))).object()
            assert found["VersionCurrentlyRunning"] == __version__
        with pytest.raises(WmiError, match="no class"):
            await engine.services("root\\a", ADMIN).run(GetObject(path="__CIMOMIdentification=@"))

    machine(work)


# -- what the door makes of it


def test_rights_are_those_of_the_login_and_of_the_namespace_together() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\a", "D:P(A;;CCDCRCLO;;;WD)")
        assert await rights(engine.services("root\\a", EVE)) == 0x20003
        assert await rights(engine.services("root\\a", EVE.replace(rights=0x5))) == 0x1
        assert await rights(engine.services("root", EVE)) == MOST & ~Rights.WRITE_DAC

    machine(work)


def test_an_administrator_cannot_be_locked_out() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\a", "D:P(D;;CCDCLCSWRPWPDTLORCWD;;;WD)")
        for caller in (ADMIN, Caller("DOM\\admin", is_remote=True)):
            services = await engine.connect("root\\a", caller)
            assert await rights(services) == Rights.ALL

    machine(work)


@pytest.mark.parametrize("connected", [True, False], ids=["connected", "with the first call"])
def test_whoever_the_namespace_does_not_let_in_gets_nothing(connected: bool) -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\a", "D:P(D;;CC;;;WD)(A;;DC;;;WD)")
        if connected:
            with pytest.raises(AccessDenied, match=r"lacks ENABLE in root.a") as caught:
                await engine.connect("root\\a", EVE)
            assert caught.value.operation == "ConnectServer"
            return
        services = engine.services("root\\a", EVE)
        with pytest.raises(AccessDenied, match="lacks ENABLE"):
            await services.run(GetObject(path="__Namespace"))
        with pytest.raises(AccessDenied, match="lacks ENABLE"):
            await services.collect(ExecQuery(query="SELECT * FROM __Namespace"))
        with pytest.raises(AccessDenied, match="lacks ENABLE"):
            await services.explain("SELECT * FROM __Namespace")

    machine(work)


def test_rights_that_a_kind_of_call_needs_are_tested_against_the_namespace() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\a", "D:P(A;;CC;;;WD)")
        lazy = engine.services("root\\a", EVE)
        with pytest.raises(AccessDenied, match="lacks METHOD_EXECUTE"):
            await method(lazy, "GetSD")
        services = await engine.connect("root\\a", EVE)
        assert (await services.run(GetObject(path="__Namespace"))).object() is not None
        with pytest.raises(AccessDenied, match="lacks METHOD_EXECUTE"):
            services.begin(ExecMethod(path="__SystemSecurity", method="GetSD"))
        cls = await namespace_class(services)
        with pytest.raises(AccessDenied, match="lacks FULL_WRITE"):
            await services.run(PutInstance(object=CimInstance.of(cls, {"Name": "c"})))

    machine(work)


def test_whoever_may_enter_may_ask_for_his_rights() -> None:
    async def work(engine: Engine) -> None:
        reader = await engine.connect("root\\a", Caller("r", rights=Rights.ENABLE))
        for path in ("__SystemSecurity", "__systemsecurity=@", "\\\\.\\root\\a:__SystemSecurity=@"):
            request = ExecMethod(path=path, method="getCallerAccessRights")
            assert (await reader.run(request)).object()["rights"] == Rights.ENABLE
        with pytest.raises(AccessDenied):
            reader.begin(ExecMethod(path="Other", method="GetCallerAccessRights"))

    machine(work)


def test_a_remote_caller_needs_to_be_let_in_from_afar() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\a", "D:P(A;;CC;;;WD)")
        with pytest.raises(AccessDenied, match="lacks REMOTE_ENABLE"):
            await engine.connect("root\\a", EVE.replace(is_remote=True))
        await store(engine, "root\\a", "D:P(A;;CCWP;;;NU)")
        await engine.connect("root\\a", EVE.replace(is_remote=True))
        with pytest.raises(AccessDenied, match="lacks ENABLE"):
            await engine.connect("root\\a", EVE)

    machine(work)


def test_reading_and_changing_the_descriptor_are_rights_of_their_own() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\a", "O:BAD:P(A;;CCDC;;;WD)")
        services = await engine.connect("root\\a", EVE)
        for name in ("GetSD", "GetSecurityDescriptor"):
            with pytest.raises(AccessDenied, match="lacks READ_CONTROL"):
                await method(services, name)
        for name in ("SetSD", "SetSecurityDescriptor"):
            with pytest.raises(AccessDenied, match="lacks WRITE_DAC"):
                await method(services, name)
        seen = (await services.run(GetObject(path="__thisNAMESPACE=@"))).object()
        assert seen["SECURITY_DESCRIPTOR"] is None

    machine(work)


def test_the_namespace_shows_its_descriptor_to_those_who_may_read_it() -> None:
    async def work(engine: Engine) -> None:
        services = engine.services("root\\a", ADMIN)
        expected = tuple((await descriptor_of(services.backend.repository, "root\\a")).octets)  # type: ignore[attr-defined]
        seen = (await services.run(GetObject(path="__thisNAMESPACE=@"))).object()
        assert seen["SECURITY_DESCRIPTOR"] == expected
        assert (await services.run(GetObject(path="__SystemSecurity=@"))).object() is not None

    machine(work)


def test_opening_a_namespace_below_asks_that_one() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\a", "D:P(A;;DC;;;WD)")
        root = await engine.connect("root", EVE)
        with pytest.raises(AccessDenied, match=r"lacks ENABLE in root.a"):
            await root.run(OpenNamespace(namespace="a"))

    machine(work)


def test_a_namespace_may_be_for_those_who_encrypt() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\a", None, encrypted=True)
        for rights_held in (MOST, Rights.ALL):
            caller = Caller("DOM\\eve", rights=rights_held, is_remote=True, authentication_level=5)
            with pytest.raises(AccessDenied, match="only for those who encrypt"):
                await engine.connect("root\\a", caller)
            with pytest.raises(AccessDenied, match="only for those who encrypt"):
                await engine.services("root\\a", caller).run(GetObject(path="__Namespace"))
            await engine.connect("root", caller)
            await engine.connect("root\\a", caller.replace(authentication_level=6))

    machine(work)


# -- qualifiers of __Namespace


async def put_namespace(services: Services, name: str, flags: int = 0, **qualifiers: object) -> None:
    cls = await namespace_class(services)
    made = CimInstance.of(cls, {"Name": name})
    for qualifier, value in qualifiers.items():
        made.qualifiers_.put(qualifier, value)
    await services.run(PutInstance(object=made, flags=flags))


def test_qualifiers_of_a_namespace_set_and_show_its_security() -> None:
    async def work(engine: Engine) -> None:
        root = engine.services("root", ADMIN)
        await put_namespace(root, "new", NamespaceSecuritySDDL="O:BAG:BAD:P(A;;CC;;;WD)", RequiresEncryption=True)
        found = (await root.run(GetObject(path='__Namespace.Name="new"'))).object()
        assert found.qualifiers_.value("NamespaceSecuritySDDL") == "O:BAG:BAD:P(A;;CC;;;WD)"
        assert found.qualifiers_.value("RequiresEncryption") is True
        await put_namespace(root, "new", WBEM_FLAG_UPDATE_ONLY, RequiresEncryption=False)
        found = (await root.run(GetObject(path='__Namespace.Name="new"'))).object()
        assert found.qualifiers_.value("NamespaceSecuritySDDL") == "O:BAG:BAD:P(A;;CC;;;WD)"
        assert found.qualifiers_.value("RequiresEncryption") is None

    machine(work)


def test_a_wrong_descriptor_in_a_qualifier_makes_no_namespace() -> None:
    async def work(engine: Engine) -> None:
        root = engine.services("root", ADMIN)
        for wrong in ("D:(", "O:BA"):
            with pytest.raises(InvalidParameter):
                await put_namespace(root, "new", NamespaceSecuritySDDL=wrong)
        with pytest.raises(WmiError, match="new"):
            await root.run(GetObject(path='__Namespace.Name="new"'))

    machine(work)


def test_qualifiers_of_a_namespace_are_for_those_who_may_read_and_change_its_descriptor() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root", f"D:{ALL_TO_EVERYONE}")
        await store(engine, "root\\a", "O:BAD:P(A;;CC;;;WD)")
        root = await engine.connect("root", EVE)
        found = (await root.run(GetObject(path='__Namespace.Name="a"'))).object()
        assert found.qualifiers_.value("NamespaceSecuritySDDL") is None
        with pytest.raises(AccessDenied, match=r"lacks WRITE_DAC in root.a"):
            await put_namespace(root, "a", NamespaceSecuritySDDL="D:(A;;CC;;;WD)")
        await store(engine, "root", "D:(A;;CCDCLCSWRPWPDTLO;;;WD)")
        root = await engine.connect("root", EVE)
        with pytest.raises(AccessDenied, match=r"lacks WRITE_DAC in root "):
            await put_namespace(root, "new", NamespaceSecuritySDDL="D:(A;;CC;;;WD)")

    machine(work)


def test_localised_texts_are_written_only_where_their_namespace_lets_them() -> None:
    async def work(engine: Engine) -> None:
        admin = engine.services("root\\a", ADMIN)
        plain = derive(None, "Plain", properties=[CimProperty("Text", CimType.STRING)])
        await admin.run(PutClass(object=plain))
        described = ClassDraft.of(plain)
        described.qualifiers.put("Description", "a class", 0x80)
        request = PutClass(object=described.build(), flags=WBEM_FLAG_USE_AMENDED_QUALIFIERS)
        await admin.backend.repository.create_namespace("root\\a\\ms_409")  # type: ignore[attr-defined]
        await store(engine, "root\\a\\ms_409", "D:P(A;;CC;;;WD)")
        with pytest.raises(AccessDenied, match=r"lacks FULL_WRITE in root.a.ms_409"):
            await engine.services("root\\a", EVE).run(request)
        await store(engine, "root\\a\\ms_409", None)
        await engine.services("root\\a", EVE).run(request)
        found = (await engine.services("root\\a\\ms_409", EVE).run(GetObject(path="Plain"))).object()
        assert isinstance(found, CimClass)
        assert found.qualifiers.value("Description") == "a class"

    machine(work)


def test_a_shipped_namespace_is_not_deleted_though_it_has_a_descriptor() -> None:
    async def work(engine: Engine) -> None:
        await store(engine, "root\\cimv2", "D:(A;;CC;;;WD)")
        with pytest.raises(InvalidOperation, match="shipped"):
            await engine.services("root", ADMIN).run(DeleteInstance(path='__Namespace.Name="cimv2"'))
        assert "WD" in await sddl(engine.services("root\\cimv2", ADMIN))

    machine(work)
