"""How long the answers to failed logins wait, and who is not judged at all."""

from __future__ import annotations

from wmix.net.server.failed_logins import FailedLogins
from wmix.net.server.limits import ServerLimits

ONE, OTHER = "192.0.2.1", "192.0.2.2"


class Guessing:
    """Failures at a time that the test sets."""

    def __init__(self, limits: ServerLimits | None = None) -> None:
        self.now = 0.0
        self.logins = FailedLogins(lambda: self.now, limits or ServerLimits())

    def fail(self, times: int = 1, address: str = ONE, user: str = "DOM\\alice") -> list[float]:
        return [self.logins.failed(address, user) for _ in range(times)]


def test_the_first_are_answered_at_once_and_the_next_later_and_later() -> None:
    assert Guessing().fail(12) == [0, 0, 0, 0, 0, 0.5, 1, 2, 4, 8, 8, 8]


def test_limits_are_configured() -> None:
    assert Guessing(ServerLimits(quick_failures=1, failure_delay=1.5)).fail(4) == [0, 0.5, 1, 1.5]


def test_an_address_that_tries_many_users_waits() -> None:
    guessing = Guessing()
    waits = [guessing.fail(user=f"DOM\\user{number}")[0] for number in range(8)]
    assert waits == [0, 0, 0, 0, 0, 0.5, 1, 2]


def test_a_user_who_is_tried_from_many_addresses_is_answered_late() -> None:
    guessing = Guessing()
    waits = [guessing.fail(address=f"192.0.2.{n}", user=name)[0] for n, name in enumerate(["alice", "ALICE"] * 4)]
    assert waits == [0, 0, 0, 0, 0, 0.5, 1, 2]


def test_others_are_not_kept_waiting() -> None:
    guessing = Guessing()
    guessing.fail(15)
    assert guessing.fail(5, OTHER, "DOM\\bob") == [0] * 5
    assert not guessing.logins.is_barred(OTHER)


def test_a_name_that_is_not_known_counts_for_the_address_alone() -> None:
    guessing = Guessing()
    guessing.fail(15, user="")
    assert guessing.fail(1, OTHER, "") == [0]


def test_time_forgives() -> None:
    guessing = Guessing()
    assert guessing.fail(8)[-1] == 2
    guessing.now = 30.0
    assert guessing.fail()[-1] == 0.5
    guessing.now = 90.0
    assert guessing.fail()[-1] == 0


def test_a_thousand_failures_are_forgiven_as_twenty() -> None:
    guessing = Guessing()
    guessing.fail(1000)
    guessing.now = 160.0
    assert guessing.fail() == [0]


def test_while_as_many_answers_wait_as_may_the_address_is_barred() -> None:
    guessing = Guessing()
    guessing.fail(20)
    assert not guessing.logins.is_barred(ONE)  # fifteen wait
    assert guessing.fail() == [8]
    assert guessing.logins.is_barred(ONE)
    assert not guessing.logins.is_barred(OTHER)
    assert guessing.fail() == [0]  # it was refused without a look: to answer at once tells nothing
    guessing.now = 0.4
    assert guessing.logins.is_barred(ONE)
    guessing.now = 0.5
    assert not guessing.logins.is_barred(ONE)


def test_guesses_that_do_not_wait_for_answers_are_no_faster() -> None:
    guessing = Guessing()
    judged = 0
    for number in range(4000):
        guessing.now = 100.0 * number / 4000
        if not guessing.logins.is_barred(ONE):
            guessing.fail()
            judged += 1
    assert judged <= 5 + 16 * 100 / 8 + 16


def test_what_is_remembered_is_bounded() -> None:
    guessing = Guessing()
    guessing.fail(10)
    for number in range(5000):
        guessing.fail(address=f"host{number}", user=f"DOM\\{number}" + "x" * 10_000)
    assert len(guessing.logins._addresses) == len(guessing.logins._users) == 4096
    assert max(map(len, guessing.logins._users)) == 256
    assert guessing.fail(5) == [0] * 5  # whoever failed longest ago is forgotten
