"""Permanent subscriptions: what comes into force, and what ends it (brief 7.4.1 to 7.4.3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.local.permanent.subscribing import STONES, SUBSCRIPTION, Machine, Pager, turns
from unit.local.systems import STONE
from wmix.cim.instances import CimInstance
from wmix.config import Limits, Settings, Subscriptions
from wmix.errors import AccessDenied, InvalidParameter, InvalidPath, InvalidQuery, WmiError
from wmix.local.permanent.filter_run import AGAIN
from wmix.local.permanent.manager import LOOK
from wmix.port.caller import Caller, Rights
from wmix.port.requests import ExecMethod, PutClass, PutInstance
from wmix.providers.registration import provider
from wmix.repository.memory import MemoryRepository
from wmix.security.descriptor import SecurityDescriptor
from wmix.status import WBEM_E_INVALID_QUERY_TYPE
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
    from pathlib import Path
    from typing import Any

    from wmix.local.permanent.manager import BindingState
    from wmix.port.provider import InstanceRequest

ADMINISTRATORS = (1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0)


def on_machine(test: Callable[[Machine, Pager], Coroutine[Any, Any, None]], settings: Settings | None = None) -> None:
    async def main() -> None:
        pager = Pager()
        machine = await Machine.start([pager.definition()], settings=settings)
        await test(machine, pager)
        await machine.close()

    run_virtual(main)


def test_a_binding_of_a_filter_and_a_consumer_delivers_until_it_is_deleted(tmp_path: Path) -> None:
    """Case 84."""

    async def test(machine: Machine, _: Pager) -> None:
        path = tmp_path / "log"
        binding = await machine.subscribe(
            STONES, "LogFileEventConsumer", Filename=str(path), Text="new: %TargetInstance.Name%"
        )
        await machine.stone("a")
        await machine.delivered()
        await machine.delete(binding)
        await machine.stone("b")
        await asyncio.sleep(100)
        assert path.read_text() == "new: a\n"
        assert machine.states() == []

    on_machine(test)


@pytest.mark.parametrize("part", ["filter", "consumer", "binding"])
def test_the_subscription_ends_with_any_of_its_three_parts(part: str) -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        held = await machine.filter()
        bound = await machine.put("Demo_Pager", Name="c")
        binding = await machine.bind(held, bound)
        await machine.stone("a")
        await turns()
        await machine.delete({"filter": held, "consumer": bound, "binding": binding}[part])
        await machine.stone("b")
        await asyncio.sleep(1)
        assert pager.names == ["a"]
        assert not any(state.is_active for state in machine.states())
        assert machine.system.subscriptions.feeds == 0

    on_machine(test)


def test_parts_may_come_in_any_order() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        await machine.bind('__EventFilter.Name="f"', 'Demo_Pager.Name="c"')
        assert [state.is_active for state in machine.states()] == [False]
        await machine.put("Demo_Pager", Name="c", Number="1")
        await machine.filter()
        assert [state.is_active for state in machine.states()] == [True]
        await machine.stone("a")
        await turns()
        assert pager.names == ["a"]
        assert pager.deliveries[0].consumer["Number"] == "1"

    on_machine(test)


def test_an_event_is_delivered_although_it_happens_right_after_the_put(caplog: pytest.LogCaptureFixture) -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        for number in range(5):
            await machine.filter(name=f"f{number}")
            await machine.put("Demo_Pager", Name=f"c{number}")
            await machine.bind(f'__EventFilter.Name="f{number}"', f'Demo_Pager.Name="c{number}"')
            await machine.stone(f"s{number}")
        await turns()
        assert sorted(pager.names) == sorted(f"s{number}" for number in range(5) for _ in range(number + 1))

    on_machine(test)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_one_filter_serves_many_consumers_each_with_events_of_its_own() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        held = await machine.filter()
        for name in ("c", "d"):
            await machine.bind(held, await machine.put("Demo_Pager", Name=name))
        await machine.stone("a")
        await turns()
        first, second = pager.deliveries
        assert {delivery.consumer["Name"] for delivery in pager.deliveries} == {"c", "d"}
        first.event["TargetInstance"]["Name"] = "changed"
        assert second.event["TargetInstance"]["Name"] == "a"

    on_machine(test)


def test_a_consumer_that_is_unbound_gets_nothing_more_and_the_others_do() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        held = await machine.filter()
        await machine.bind(held, await machine.put("Demo_Pager", Name="stays"))
        other = await machine.filter(STONES + ' AND TargetInstance.Name = "x"', "g")
        leaves = await machine.put("Demo_Pager", Name="leaves")
        await machine.bind(other, leaves)
        binding = await machine.bind(held, leaves)
        await machine.delete(binding)
        await machine.stone("a")
        await turns()
        assert [delivery.consumer["Name"] for delivery in pager.deliveries] == ["stays"]

    on_machine(test)


def test_a_consumer_that_is_put_again_is_used_as_it_is_now_and_a_filter_too() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        await machine.subscribe(Number="1")
        await machine.stone("a")
        await turns()
        await machine.put("Demo_Pager", Name="c", Number="2")
        await machine.stone("b")
        await turns()
        await machine.filter(STONES + ' AND TargetInstance.Name = "d"')
        await machine.stone("c")
        await machine.stone("d")
        await turns()
        assert [(d.event["TargetInstance"]["Name"], d.consumer["Number"]) for d in pager.deliveries] == [
            ("a", "1"), ("b", "2"), ("d", "2")
        ]  # fmt: skip

    on_machine(test)


def test_subscriptions_go_on_after_a_restart() -> None:
    async def main() -> None:
        first, second = Pager(), Pager()
        machine = await Machine.start([first.definition()])
        await machine.subscribe()
        repository = machine.repository
        keep = repository.close
        repository.close = lambda: asyncio.sleep(0)  # type: ignore[method-assign]
        await machine.close()
        machine = await Machine.start([second.definition()], repository=repository)
        repository.close = keep  # type: ignore[method-assign]
        await machine.stone("a")
        await turns()
        assert (first.names, second.names) == ([], ["a"])
        await machine.close()

    run_virtual(main)


def test_what_another_process_writes_is_seen_after_a_while() -> None:
    async def main() -> None:
        pager = Pager()
        machine = await Machine.start([pager.definition()])
        other = await Machine.start([Pager().definition()], repository=machine.repository, subscriptions=False)
        # The repository tells its changes to nobody, as one in another process does.
        stop = machine.system.permanent._stop_listening  # type: ignore[union-attr]
        assert stop is not None
        stop()
        await other.subscribe()
        await turns()
        assert machine.states() == []
        await asyncio.sleep(LOOK + 1)
        assert [state.is_active for state in machine.states()] == [True]
        await machine.stone("a")
        await turns()
        assert pager.names == ["a"]
        await machine.close()

    run_virtual(main)


def test_nothing_is_in_force_unless_it_was_started() -> None:
    async def main() -> None:
        pager = Pager()
        machine = await Machine.start([pager.definition()], subscriptions=False)
        await machine.subscribe()
        await machine.stone("a")
        await asyncio.sleep(1)
        assert pager.names == []
        assert machine.states() == []
        await machine.system.start_permanent()
        await machine.system.start_permanent()
        await machine.stone("b")
        await turns()
        assert pager.names == ["b"]
        await machine.close()

    run_virtual(main)


def test_what_is_written_in_a_transaction_is_in_force_when_it_has_ended() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        place = machine.system.open(SUBSCRIPTION)
        async with place.transaction():
            await machine.subscribe()
            assert machine.states() == []
        assert [state.is_active for state in machine.states()] == [True]
        await machine.stone("a")
        await turns()
        assert pager.names == ["a"]

    on_machine(test)


def test_a_filter_for_a_class_that_comes_later_is_reported_and_then_in_force(caplog: pytest.LogCaptureFixture) -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        await machine.subscribe('SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA "Gem"')
        (state,) = machine.states()
        assert state.reason is not None
        assert "Gem" in state.reason
        assert "event 10" in caplog.text
        gem = STONE.derive_("Gem")
        await machine.services("root\\t").run(PutClass(object=gem, flags=0x10))
        await turns(100)
        assert machine.states()[0].is_active
        made = CimInstance.of(gem, {"Name": "ruby"})
        await machine.services("root\\t").run(PutInstance(object=made, flags=0x10))
        await turns()
        assert pager.names == ["ruby"]

    on_machine(test)


def test_a_filter_that_failed_is_tried_again_after_a_while() -> None:
    async def main() -> None:
        fails = [True]

        async def animals(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
            if fails:
                raise OSError("not now")
            yield {"Name": "cat"}

        pager = Pager()
        machine = await Machine.start([pager.definition(), provider("Animal", namespace="root/t", name="zoo")(animals)])
        await machine.subscribe('SELECT * FROM __InstanceCreationEvent WITHIN 5 WHERE TargetInstance ISA "Animal"')
        assert not machine.states()[0].is_active
        fails.clear()
        await asyncio.sleep(AGAIN + 1)
        assert machine.states()[0].is_active
        await machine.close()

    run_virtual(main)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"Query": "SELECT"}, InvalidQuery),
        ({"Query": None}, InvalidQuery),
        ({"Query": "ASSOCIATORS OF {Stone}"}, InvalidQuery),
        ({"QueryLanguage": None}, WmiError),
        ({"QueryLanguage": "CQL"}, WmiError),
    ],
)
def test_filters_that_could_never_work_are_refused(values: dict[str, Any], error: type[WmiError]) -> None:
    async def test(machine: Machine, _: Pager) -> None:
        with pytest.raises(error) as caught:
            await machine.put("__EventFilter", **{"Name": "f", "Query": STONES, "QueryLanguage": "wql", **values})
        if "QueryLanguage" in values:
            assert caught.value.status == WBEM_E_INVALID_QUERY_TYPE
        assert await machine.repository.count(SUBSCRIPTION, "__EventFilter") == 0

    on_machine(test)


@pytest.mark.parametrize("path", ["", "not a path", "__EventFilter", "__EventFilter.Name="])
def test_bindings_whose_ends_name_no_instance_are_refused(path: str) -> None:
    async def test(machine: Machine, _: Pager) -> None:
        with pytest.raises(InvalidPath, match="Filter of the binding"):
            await machine.bind(path, 'Demo_Pager.Name="c"')

    on_machine(test)


def test_consumers_and_timers_that_could_never_work_are_refused() -> None:
    async def test(machine: Machine, _: Pager) -> None:
        with pytest.raises(InvalidParameter, match="Filename"):
            await machine.put("LogFileEventConsumer", Name="c")
        with pytest.raises(InvalidParameter, match="IntervalBetweenEvents"):
            await machine.put("__IntervalTimerInstruction", TimerId="t", IntervalBetweenEvents=0)
        with pytest.raises(InvalidParameter, match="EventDateTime"):
            await machine.put("__AbsoluteTimerInstruction", TimerId="t")

    on_machine(test)


@pytest.mark.parametrize(
    ("held", "bound", "reason"),
    [
        ('__EventFilter.Name="x"', 'Demo_Pager.Name="c"', "no instance __EventFilter"),
        ('Demo_Pager.Name="c"', 'Demo_Pager.Name="c"', "not derived from __EventFilter"),
        ('__EventFilter.Name="f"', '__EventFilter.Name="f"', "not derived from __EventConsumer"),
        ('__EventFilter.Name="f"', 'Nothing.Name="c"', "Nothing"),
        ('__EventFilter.Name="f"', 'Unserved.Name="c"', "no consumer provider is registered for Unserved"),
        ('\\\\FAR\\root:__EventFilter.Name="f"', 'Demo_Pager.Name="c"', "another machine"),
        ('__EventFilter.Name="f"', 'Demo_Pager.Name="far"', "is to run on FAR"),
        ('__EventFilter.Name="f"', 'Checked.Name="c"', "ZeroDivisionError"),
    ],
)
def test_bindings_that_are_not_whole_are_reported_and_kept(
    held: str, bound: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = Pager().definition("Checked")

    async def test(machine: Machine, _: Pager) -> None:
        machine.system.registry.add(wrong)
        parent = await machine.system.schema.resolve(SUBSCRIPTION, "__EventConsumer")
        unserved = parent.derive_("Unserved", properties={"Name": "string"}, keys=("Name",))
        await machine.services().run(PutClass(object=unserved, flags=0x10))
        await machine.put("Unserved", Name="c")
        await machine.put("Demo_Pager", Name="far", MachineName="FAR")
        await machine.put("Checked", Name="c")
        wrong.check(lambda instance, settings: divmod(1, 0))  # type: ignore[arg-type]
        await machine.filter()
        await machine.put("Demo_Pager", Name="c")
        await machine.bind(held, bound)
        (state,) = machine.states()
        assert state.reason is not None
        assert reason in state.reason
        assert await machine.repository.count(SUBSCRIPTION, "__FilterToConsumerBinding") == 1

    on_machine(test)
    assert caplog.text.count("is not in force") == 1


def test_subscriptions_of_other_namespaces_work_with_registered_consumers(tmp_path: Path) -> None:
    async def test(machine: Machine, _: Pager) -> None:
        parent = await machine.system.schema.resolve("root\\t", "__EventConsumer")
        types = {"Name": "string", "Filename": "string", "Text": "string", "MaximumFileSize": "uint64"}
        own = parent.derive_("My_Log", properties={**types, "IsUnicode": "boolean"}, keys=("Name",))
        await machine.services("root\\t").run(PutClass(object=own, flags=0x10))
        path = tmp_path / "log"
        bound = await machine.put("My_Log", "root\\t", Name="c", Filename=str(path), Text="%TargetInstance.Name%")
        held = await machine.put("__EventFilter", "root\\t", Name="f", Query=STONES, QueryLanguage="WQL")
        await machine.put("__FilterToConsumerBinding", "root\\t", Filter=held, Consumer=bound)
        assert not machine.states()[0].is_active
        name = await machine.put("__Win32Provider", "root\\t", Name="LogFileEventConsumer")
        await machine.put(
            "__EventConsumerProviderRegistration", "root\\t", provider=name, ConsumerClassNames=("My_Log",)
        )
        assert machine.states()[0].is_active
        await machine.stone("a")
        await machine.delivered()
        assert path.read_text() == "a\n"
        await machine.delete(
            '__EventConsumerProviderRegistration.provider="__Win32Provider.Name=\\"LogFileEventConsumer\\""', "root\\t"
        )
        assert not machine.states()[0].is_active

    on_machine(test)


def test_the_standard_consumers_are_registered_in_root_subscription() -> None:
    async def test(machine: Machine, _: Pager) -> None:
        found = [
            instance["ConsumerClassNames"]
            async for instances in machine.repository.instances(SUBSCRIPTION, "__EventConsumerProviderRegistration")
            for instance in instances
        ]
        assert sorted(found) == [
            ("ActiveScriptEventConsumer",),
            ("CommandLineEventConsumer",),
            ("LogFileEventConsumer",),
            ("NTEventLogEventConsumer",),
            ("SMTPEventConsumer",),
        ]
        assert await machine.repository.count(SUBSCRIPTION, "__Win32Provider") == 5

    on_machine(test)


def test_a_registration_with_a_provider_that_is_not_there_is_none(caplog: pytest.LogCaptureFixture) -> None:
    async def test(machine: Machine, _: Pager) -> None:
        await machine.subscribe(STONES, "LogFileEventConsumer", Filename="/x")
        assert machine.states()[0].is_active
        await machine.delete('__Win32Provider.Name="LogFileEventConsumer"')
        assert not machine.states()[0].is_active

    on_machine(test)
    assert "LogFileEventConsumer, which is not there" in caplog.text


def test_the_creator_is_who_puts_it_whatever_the_object_says() -> None:
    async def test(machine: Machine, _: Pager) -> None:
        await machine.filter(name="mine", CreatorSID=(1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0))
        caller = Caller("someone", rights=Rights.ENABLE | Rights.FULL_WRITE, sids=("S-1-5-21-7",))
        await machine.put(
            "__EventFilter", caller=caller, Name="theirs", Query=STONES, QueryLanguage="WQL", CreatorSID=ADMINISTRATORS
        )
        creators = {}
        for name in ("mine", "theirs"):
            held = await machine.repository.get_instance(SUBSCRIPTION, "__EventFilter", {"Name": name})
            assert held is not None
            creators[name] = held["CreatorSID"]
        assert creators == {"mine": ADMINISTRATORS, "theirs": (1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 7, 0, 0, 0)}

    on_machine(test)


SOMEONE = Caller("someone", rights=Rights.ENABLE | Rights.FULL_WRITE, sids=("S-1-5-21-7",))


async def subscribe_as_someone(machine: Machine, query: str = STONES) -> BindingState:
    held = await machine.put(
        "__EventFilter", caller=SOMEONE, Name="f", Query=query, QueryLanguage="WQL", EventNamespace="root\\t"
    )
    await machine.bind(held, await machine.put("Demo_Pager", Name="c"))
    return machine.states()[0]


def test_the_filter_of_a_user_asks_with_what_namespaces_grant_that_user() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        assert (await subscribe_as_someone(machine)).is_active
        await machine.stone("a")
        await turns()
        assert pager.names == ["a"]
        # Nobody but administrators may enter any more; who subscribes anew is turned away.
        sd = SecurityDescriptor.parse("O:BAG:BAD:P(A;CI;CCDCLCSWRPWPDTLORCWD;;;BA)")
        await machine.services("root\\t").run(
            ExecMethod(path="__SystemSecurity=@", method="SetSD", parameters=await _descriptor(machine, sd), flags=0x10)
        )
        await machine.delete('__EventFilter.Name="f"')
        state = await subscribe_as_someone(machine)
        assert state.reason is not None
        assert "ENABLE" in state.reason

    on_machine(test)


async def _descriptor(machine: Machine, descriptor: SecurityDescriptor) -> CimInstance:
    cls = await machine.system.schema.resolve("root\\t", "__SystemSecurity")
    signature = cls.methods["SetSD"].in_signature
    assert signature is not None
    made = CimInstance(signature.layout, signature.layout.unset)
    made["SD"] = tuple(descriptor.octets)
    return made


def test_the_filter_of_a_user_has_nothing_polled() -> None:
    async def test(machine: Machine, _: Pager) -> None:
        query = 'SELECT * FROM __InstanceCreationEvent WITHIN 5 WHERE TargetInstance ISA "Stone"'
        state = await subscribe_as_someone(machine, query)
        assert state.reason == "only an administrator's filter may have classes polled (WITHIN)"

    on_machine(test)


def test_the_log_file_of_a_user_is_in_a_directory_of_the_configuration(tmp_path: Path) -> None:
    async def test(machine: Machine, _: Pager) -> None:
        with pytest.raises(AccessDenied, match="no administrator has put"):
            await machine.put("LogFileEventConsumer", caller=SOMEONE, Name="c", Filename=str(tmp_path / "log"))
        await machine.put("LogFileEventConsumer", Name="c", Filename=str(tmp_path / "log"))

    on_machine(test)

    async def allowed(machine: Machine, _: Pager) -> None:
        await machine.put("LogFileEventConsumer", caller=SOMEONE, Name="c", Filename=str(tmp_path / "log"))

    on_machine(allowed, Settings(subscriptions=Subscriptions(log_directories=(str(tmp_path),))))


def test_the_number_of_bindings_is_bounded() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        held = await machine.filter()
        for name in "abc":
            await machine.bind(held, await machine.put("Demo_Pager", Name=name))
        assert [state.is_active for state in machine.states()] == [True, True, False]
        await machine.stone("x")
        await turns()
        assert len(pager.deliveries) == 2

    on_machine(test, Settings(limits=Limits(bindings=2)))


def test_a_deleted_namespace_takes_its_subscriptions_with_it() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        await machine.put("__NAMESPACE", "root", Name="mine")
        held = await machine.put(
            "__EventFilter", "root\\mine", Name="f", Query=STONES, QueryLanguage="WQL", EventNamespace="root\\t"
        )
        bound = await machine.put("Demo_Pager", Name="c")
        await machine.put(
            "__FilterToConsumerBinding", "root\\mine", Filter=held, Consumer=f"root\\subscription:{bound}"
        )
        await machine.stone("a")
        await turns()
        await machine.delete('__NAMESPACE.Name="mine"', "root")
        await turns(100)
        await machine.stone("b")
        await turns()
        assert pager.names == ["a"]
        assert machine.states() == []

    on_machine(test)


def test_a_repository_that_cannot_be_written_still_serves_what_is_in_it(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        pager = Pager()
        machine = await Machine.start([pager.definition()], subscriptions=False)
        await machine.subscribe()

        async def refuse(namespace: str, instance: CimInstance) -> None:
            raise WmiError("read-only")

        kept, MemoryRepository.put_instance = MemoryRepository.put_instance, refuse  # type: ignore[assignment, method-assign]
        try:
            machine.repository.put_instance = refuse  # type: ignore[method-assign]
            await machine.system.start_permanent()
        finally:
            MemoryRepository.put_instance = kept  # type: ignore[method-assign]
            del machine.repository.put_instance
        await machine.stone("a")
        await turns()
        assert pager.names == ["a"]
        await machine.close()

    run_virtual(main)
    assert "cannot be registered: read-only" in caplog.text
