"""A PostgreSQL server of our own: Debian's programs, data in a temporary folder, reached by a socket there."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Server", "programs", "running_server"]

_numbers = count(1)


def programs() -> Path | None:
    """The folder of the newest installed server's programs; None when the Debian package postgresql is missing."""
    found = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda path: float(path.parent.name),
    )
    return found[-1] if found else None


class Server:
    """A running server; every repository gets a schema of its own in its one database."""

    def __init__(self, bin_: Path, folder: str, user: str | None) -> None:
        self.bin = bin_
        self.folder = folder
        self.data = f"{folder}/data"
        self.user = user
        self.owner = user or pwd.getpwuid(os.getuid()).pw_name

    def run(self, *command: str) -> None:
        """Run one of the server's programs as its user: it refuses to run as root."""
        path, *arguments = command
        with open(f"{self.folder}/programs.log", "ab") as log:
            subprocess.run(
                [str(self.bin / path), *arguments],
                check=True,
                user=self.user,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=60,
            )

    def start(self) -> None:
        """Start it; returns when it answers."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self.run("pg_ctl", "-D", self.data, "-l", f"{self.folder}/server.log", "-w", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it, by the process id that it left in its folder."""
        self.run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement as the owner of everything."""
        address = f"host={self.folder} user={self.owner} dbname=postgres"
        options = "-c default_transaction_read_only=off"
        with psycopg.connect(address, autocommit=True, options=options) as connection:
            cursor = connection.execute(statement.encode())
            return [] if cursor.description is None else cursor.fetchall()

    def new_repository(self) -> str:
        """The address of a repository that does not exist yet."""
        schema = f"r{next(_numbers)}"
        self.execute(f"CREATE SCHEMA {schema}")
        options = f"-csearch_path%3D{schema}"
        return f"postgresql://{self.owner}@/postgres?host={self.folder}&options={options}"


#: Waits until its standard input ends, which happens however the tests end, and cleans up.
_GUARD = 'read -r _; "$0" -D "$1/data" -m immediate stop; cd /; rm -rf "$1"'


@contextlib.contextmanager
def running_server(bin_: Path) -> Iterator[Server]:
    """A new server, stopped and removed in the end, also when the tests are ended from outside."""
    folder = tempfile.mkdtemp(prefix="wmix-pg-")
    user = "postgres" if os.getuid() == 0 else None
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    guard = subprocess.Popen(
        ["sh", "-c", _GUARD, str(bin_ / "pg_ctl"), folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        cwd=folder,
        start_new_session=True,
    )
    with guard:
        server = Server(bin_, folder, user)
        server.run("initdb", "-D", server.data, "-A", "trust", "-E", "UTF8", "--no-sync", "-U", server.owner)
        server.start()
        yield server
