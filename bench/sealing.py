"""What sealing costs, by PDU: ours, pyspnego's, and the bare RC4 and HMAC-MD5 that NTLM is made of, in one run.

The bare figure encrypts the body and signs the whole PDU with the libraries' own functions, and does nothing else: no
counters, no token, no check.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, Any

import spnego
from measure import Line, alternate, table
from spnego.iov import BufferType

from wmix.net.security.acceptor import Acceptor
from wmix.net.security.ntlm_keys import nt_hash, rc4
from wmix.net.security.ntlm_security import NtlmSecurity

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.protocol.rpc.security import Security

HEADER, TRAILER, KEY = b"h" * 24, b"trailer8", b"k" * 16
FLAGS = 0xE2888235
OCTETS = 4_000_000
"""Protected in each round, short PDUs with an allowance for what each costs whatever its length."""


class _Alice:
    def find(self, domain: str, user: str) -> bytes | None:
        return nt_hash("secret")


def _logged_in() -> tuple[Any, Security]:
    """pyspnego's client and our server after a login."""
    client = spnego.client("DOM\\alice", "secret", protocol="ntlm")

    async def login() -> Security:
        server = Acceptor(_Alice(), host="srv").begin(10, 6)
        challenge = await server.step(client.step() or b"")
        await server.step(client.step(challenge) or b"")
        return server.security()

    return client, asyncio.run(login())


def _repeated(times: int, candidate: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(times):
            candidate()

    return run


def _measured(size: int) -> list[Line]:
    body = bytes(size)
    whole = HEADER + body + TRAILER
    encrypt, decrypt = rc4(KEY).update, rc4(KEY).update
    client, security = _logged_in()
    sender, receiver = (NtlmSecurity(KEY, FLAGS, is_client=side, level=6) for side in (True, False))
    iov = [(BufferType.sign_only, HEADER), (BufferType.data, body), (BufferType.sign_only, TRAILER), BufferType.header]

    def open_what_was_sealed() -> None:
        sealed, token = sender.protect(HEADER, body, TRAILER, sign_header=True)
        receiver.unprotect(HEADER, sealed, TRAILER, token, sign_header=True)

    times = max(20, OCTETS // (size + 2000))
    took = alternate(
        {
            "bare": _repeated(times, lambda: (encrypt(body), hmac.digest(KEY, whole, "md5"))),
            "bare open": _repeated(times, lambda: (hmac.digest(KEY, whole, "md5"), decrypt(body))),
            "seal": _repeated(times, lambda: security.protect(HEADER, body, TRAILER, sign_header=True)),
            "pyspnego": _repeated(times, lambda: client.wrap_iov(iov)),
            "both": _repeated(times, open_what_was_sealed),
        },
        rounds=9,
    )
    took["open"] = took["both"] - took["seal"]  # what is opened has to be sealed first
    place = f"{size:,} octets"
    lines = [Line(f"{place}: {name}", took[name] / times * 1e6, "us") for name in ("bare", "seal", "open", "pyspnego")]
    lines.append(Line(f"{place}: seal beside bare", took["seal"] / took["bare"], "times", 1.2))
    lines.append(Line(f"{place}: open beside bare", took["open"] / took["bare open"], "times", 1.2))
    return lines


def main() -> None:
    """Print the table."""
    print(table([line for size in (256, 1024, 5840, 65536) for line in _measured(size)]))


if __name__ == "__main__":
    main()
