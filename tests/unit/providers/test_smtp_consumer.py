"""SMTPEventConsumer (brief 7.4.6): with a real SMTP server on the loopback interface."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP

from unit.providers.event_objects import consumer, delivery, event
from wmix.config import Settings, Timeouts
from wmix.errors import ConnectError, InvalidParameter, WmiError
from wmix.providers.smtp_consumer import compose, make_smtp_consumer, server_address

if TYPE_CHECKING:
    from email.message import EmailMessage

    from wmix.cim.instances import CimInstance

smtp = make_smtp_consumer()


class Mailbox:
    """Takes mail for everybody but ``nobody@...``; refuses all data with *answer* when there is one."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.mails: list[tuple[str, list[str], EmailMessage]] = []

    async def handle_RCPT(
        self, server: object, session: object, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 there is nobody"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        mail: Any = message_from_bytes(envelope.content, policy=default)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, mail))
        return self.answer


def send(mailbox: Mailbox, about: CimInstance, **values: object) -> None:
    """Deliver one event to a consumer whose server is *mailbox*."""

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def make() -> SMTP:
            return SMTP(mailbox, hostname="relay.test", loop=loop, enable_SMTPUTF8=True)

        server = await loop.create_server(make, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            held = consumer("SMTPEventConsumer", **{"SMTPServer": f"127.0.0.1:{port}", **values})
            await asyncio.to_thread(smtp, delivery(held, about))

    asyncio.run(run())


def test_a_mail_arrives_with_what_the_event_brought() -> None:
    mailbox = Mailbox()
    send(
        mailbox,
        event(Num=5, Text="größer\nals gedacht"),
        FromLine="Watch <watch@example.org>",
        ToLine="a@example.org; b@example.org",
        CcLine='"C, the third" <c@example.org>',
        BccLine="d@example.org,a@example.org",
        ReplyToLine="noreply@example.org",
        Subject="Number %TargetInstance.Num%: %TargetInstance.Text%",
        Message="It is %TargetInstance.Text%.",
        HeaderFields=("X-Alarm: %kept%",),
    )
    ((sender, recipients, mail),) = mailbox.mails
    assert sender == "watch@example.org"
    assert recipients == ["a@example.org", "b@example.org", "c@example.org", "d@example.org"]
    assert mail["Subject"] == "Number 5: größer als gedacht"
    assert mail["To"] == "a@example.org, b@example.org"
    assert mail["Cc"].addresses[0].display_name == "C, the third"
    assert mail["Reply-To"] == "noreply@example.org"
    assert mail["X-Alarm"] == "%kept%"
    assert mail["Bcc"] is None
    assert mail["Date"]
    assert mail["Message-ID"]
    assert mail.get_content().rstrip("\r\n").replace("\r\n", "\n") == "It is größer\nals gedacht."


def test_the_sender_is_this_machine_unless_named() -> None:
    mailbox = Mailbox()
    send(mailbox, event(), ToLine="a@example.org")
    assert mailbox.mails[0][0].startswith("WinMgmt@")


def test_an_event_cannot_bring_headers() -> None:
    held = consumer("SMTPEventConsumer", ToLine="a@example.org", Subject="%TargetInstance.Text%")
    mail = compose(held, event(Text="x\r\nBcc: evil@example.org"))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "x Bcc: evil@example.org"


def test_a_mail_that_the_server_refuses_is_a_failure() -> None:
    with pytest.raises(WmiError, match=r"did not take the mail.*full"):
        send(Mailbox("452 disk full"), event(), ToLine="a@example.org")
    with pytest.raises(WmiError, match="did not take the mail"):
        send(Mailbox(), event(), ToLine="nobody@example.org")


def test_the_others_get_the_mail_when_one_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    mailbox = Mailbox()
    send(mailbox, event(), ToLine="nobody@example.org, a@example.org")
    assert mailbox.mails[0][1] == ["a@example.org"]
    assert "refused nobody@example.org" in caplog.text


def test_no_server_is_no_connection() -> None:
    held = consumer("SMTPEventConsumer", SMTPServer="127.0.0.1:1", ToLine="a@example.org")
    with pytest.raises(ConnectError, match=r"127\.0\.0\.1:1"):
        smtp(delivery(held, event()))


def test_a_server_that_speaks_an_octet_at_a_time_has_the_time_of_a_mail_and_no_more() -> None:
    drips = 0
    hung_up = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal drips
        try:
            while not reader.at_eof():
                writer.write(b"2")
                drips += 1
                await asyncio.sleep(0.05)
        finally:
            writer.close()
            hung_up.set()

    async def run() -> None:
        async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            held = consumer("SMTPEventConsumer", SMTPServer=f"127.0.0.1:{port}", ToLine="a@example.org")
            settings = Settings(timeouts=Timeouts(phase=0.3))
            with pytest.raises(ConnectError, match="no mail can be sent"):
                await asyncio.to_thread(smtp, delivery(held, event(), settings))
            await hung_up.wait()

    asyncio.run(asyncio.wait_for(run(), 20))
    assert drips > 1


def test_a_mail_that_was_taken_is_sent_whatever_becomes_of_the_farewell() -> None:
    class Abrupt(Mailbox):
        async def handle_QUIT(self, server: Any, session: object, envelope: object) -> str:
            return "451 not now"

    mailbox = Abrupt()
    send(mailbox, event(), ToLine="a@example.org")
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("relay", ("relay", 25)),
        (" relay:587 ", ("relay", 587)),
        ("::1", ("::1", 25)),
        ("[::1]", ("::1", 25)),
        ("[::1]:2525", ("::1", 2525)),
    ],
)
def test_servers(text: str, address: tuple[str, int]) -> None:
    assert server_address(text) == address


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"SMTPServer": None}, "SMTPServer"),
        ({"SMTPServer": "relay:0"}, "SMTPServer"),
        ({"SMTPServer": ":25"}, "SMTPServer"),
        ({"SMTPServer": "relay:x"}, "SMTPServer"),
        ({"ToLine": None}, "no recipient"),
        ({"ToLine": " ; "}, "no recipient"),
        ({"HeaderFields": ("no colon",)}, "HeaderFields"),
        ({"HeaderFields": ("Bcc: x@example.org",)}, "HeaderFields"),
    ],
)
def test_consumers_that_can_never_work_are_refused(values: dict[str, object], message: str) -> None:
    assert smtp.check_function is not None
    with pytest.raises(InvalidParameter, match=message):
        held = consumer("SMTPEventConsumer", **{"SMTPServer": "relay", "ToLine": "a@example.org", **values})
        smtp.check_function(held, Settings())
    smtp.check_function(consumer("SMTPEventConsumer", SMTPServer="relay", BccLine="a@example.org"), Settings())
