"""A key distribution centre of the test's own: MIT's krb5kdc, a process on loopback, its files in a temporary place."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["GSSAPI_NEEDED", "REALM", "KeyDistributionCentre", "Realm", "running_realm"]

REALM = "WMIX.TEST"
#: Why a test of Kerberos skips where that library is missing.
GSSAPI_NEEDED = (
    'gssapi is not installed: pip install "wmix[kerberos]", which needs the packages libkrb5-dev, python3-dev and gcc'
)
#: Enough for a slow machine; the centre is up in a fraction of a second.
_SECONDS = 30.0

_PACKAGES = {
    "krb5kdc": "package krb5-kdc",
    "kdb5_util": "package krb5-kdc",
    "kadmin.local": "package krb5-admin-server",
    "kinit": "package krb5-user",
    "kvno": "package krb5-user",
}

_CONFIG = """\
[libdefaults]
    default_realm = {realm}
    dns_lookup_realm = false
    dns_lookup_kdc = false
    rdns = false
    dns_canonicalize_hostname = false
    udp_preference_limit = 1
[realms]
    {realm} = {{
        kdc = 127.0.0.1:{port}
    }}
    SILENT.TEST = {{
        kdc = 127.0.0.1:{closed}
    }}
[kdcdefaults]
    kdc_listen = 127.0.0.1:{port}
    kdc_tcp_listen = 127.0.0.1:{port}
[dbmodules]
    {realm} = {{
        db_library = db2
        database_name = {folder}/principal
    }}
[logging]
    kdc = FILE:{folder}/kdc.log
    default = FILE:{folder}/default.log
"""
_PROFILE = """\
[realms]
    {realm} = {{
        key_stash_file = {folder}/stash
        acl_file = {folder}/acl
        supported_enctypes = aes256-cts:normal aes128-cts:normal
        default_principal_flags = +preauth
    }}
"""


def _program(name: str) -> str:
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"{name} is not installed: {_PACKAGES[name]}")
    return path


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class KeyDistributionCentre:
    """A realm; principals are added with passwords or with keys in keytabs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.realm = REALM
        self._log: list[str] = []
        self._logged = threading.Condition()
        self._kadmin = _program("kadmin.local")
        #: Where it listens on loopback, by TCP and UDP.
        self.port = _free_port()
        values = {"realm": REALM, "folder": folder, "port": self.port, "closed": _free_port()}
        (folder / "krb5.conf").write_text(_CONFIG.format(**values))
        (folder / "kdc.conf").write_text(_PROFILE.format(**values))
        #: What a process needs to talk to this centre and to nobody else.
        self.environment = {
            "KRB5_CONFIG": str(folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
            "KRB5CCNAME": f"FILE:{folder}/no-tickets",
            "KRB5RCACHEDIR": str(folder),
            "LC_ALL": "C",
        }
        self._run(_program("kdb5_util"), "create", "-s", "-r", REALM, "-P", "master")

    def add(self, principal: str, password: str) -> None:
        """A principal with a password."""
        self._run(self._kadmin, "-r", REALM, "addprinc", "-pw", password, principal)

    def change_password(self, principal: str, password: str) -> None:
        """Another password, another key."""
        self._run(self._kadmin, "-r", REALM, "cpw", "-pw", password, principal)

    def add_keys(self, principal: str, keytab: Path) -> None:
        """A principal with random keys, which go into a keytab."""
        self._run(self._kadmin, "-r", REALM, "addprinc", "-randkey", principal)
        self.export_keys(principal, keytab)

    def export_keys(self, principal: str, keytab: Path, *, keep: bool = False) -> None:
        """The keys of a principal into a keytab; new ones, unless they are to be kept."""
        options = ["-norandkey"] if keep else []
        self._run(self._kadmin, "-r", REALM, "ktadd", "-k", str(keytab), *options, principal)

    def set(self, principal: str, *options: str) -> None:
        """Change the attributes of a principal, as kadmin's modprinc does."""
        self._run(self._kadmin, "-r", REALM, "modprinc", *options, principal)

    def tickets(self, principal: str, password: str, ccache: Path, *options: str) -> None:
        """Get tickets as a user does, with options of kinit."""
        self._run(_program("kinit"), *options, "-c", str(ccache), principal, given=password + "\n")

    def service_ticket(self, service: str, ccache: Path) -> None:
        """Get a ticket for a service with those that are in a cache."""
        self._run(_program("kvno"), "-c", str(ccache), service)

    def log_until(self, word: str) -> list[str]:
        """What the centre says of every request, up to the first line with *word*, which is waited for."""
        with self._logged:
            assert self._logged.wait_for(lambda: any(word in line for line in self._log), _SECONDS)
            end = next(number for number, line in enumerate(self._log) if word in line)
            return self._log[:end]

    def _run(self, *command: str, given: str = "") -> None:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            env={**os.environ, **self.environment},
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The centre runs inside; begins once it answers."""
        environment = {**os.environ, **self.environment}
        command = [_program("krb5kdc"), "-n", "-r", REALM]
        log = self.folder / "kdc.log"
        os.mkfifo(log)  # the centre writes its log, and "commencing operation" is the sign that it answers
        ready = threading.Event()

        def read() -> None:
            with log.open() as lines:
                for line in lines:
                    with self._logged:
                        self._log.append(line)
                        self._logged.notify_all()
                    if "commencing operation" in line:
                        ready.set()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert ready.wait(_SECONDS), f"krb5kdc did not begin; its exit code: {process.poll()}"
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_SECONDS)
            reader.join(_SECONDS)


class Realm:
    """A centre, and what is in it: alice with a password, and the keytab of a service for each way to this machine."""

    password = "Wörd:of alice"
    #: The service's host in logins that need no address.
    host = "srv1.wmix.test"

    def __init__(self, centre: KeyDistributionCentre) -> None:
        self.centre = centre
        self.folder = centre.folder
        self.keytab = str(self.folder / "server.keytab")
        centre.add("alice", self.password)
        for host in (self.host, "localhost"):
            centre.add_keys(f"host/{host}", self.folder / "server.keytab")


@contextmanager
def running_realm(folder: Path) -> Iterator[Realm]:
    """A realm that is served inside; this process talks to it as well."""
    pytest.importorskip("gssapi", reason=GSSAPI_NEEDED, exc_type=ImportError)
    centre = KeyDistributionCentre(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in centre.environment.items():
            patch.setenv(name, value)
        with centre.serving():
            yield Realm(centre)
