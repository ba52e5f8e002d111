"""OAuth tokens at rest: a file for each connection, encrypted with the keys of one key file (Fernet)."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from trackyard.model.errors import StorageError
from trackyard.store.durable import sync_directory

OWNER_ONLY = 0o600


class Token(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token endpoint gave, or why it gave nothing. Does not print."""

    credentials: str  # a digest of the settings it was got with: others make it worthless
    access_token: str = ""
    refresh_token: str = ""  # the one that replaced that of the settings, where the platform hands out new ones
    got_at: float = 0
    expires_at: float | None = None  # None: the platform does not say
    problem: str = ""  # why the newest try failed
    problem_at: float = 0
    is_refused: bool = False  # by the platform, or for want of settings; else the endpoint gave no answer

    def __repr__(self) -> str:
        return "Token(•••)"


class TokenStore(Protocol):
    """Where tokens are kept between two starts."""

    def load(self, connection: str) -> Token | None: ...

    def save(self, connection: str, token: Token) -> None: ...

    def locked(self, connection: str) -> contextlib.AbstractContextManager[bool]:
        """Hold while getting a token: true where nobody else does."""
        ...


class MemoryTokens:
    """Tokens that end with the process."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def load(self, connection: str) -> Token | None:
        return self._tokens.get(connection)

    def save(self, connection: str, token: Token) -> None:
        self._tokens[connection] = token

    def locked(self, connection: str) -> contextlib.AbstractContextManager[bool]:
        return contextlib.nullcontext(True)


class TokenFiles:
    """Tokens below a directory. The key file has a key a line: the first encrypts, each decrypts."""

    def __init__(self, directory: Path, key_file: Path) -> None:
        self._directory, self._key_file = directory, key_file

    def load(self, connection: str) -> Token | None:
        """The token of `connection`. Raises `StorageError` where no key opens its file."""
        path = self._file(connection)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return msgspec.json.decode(self._keys().decrypt(content), type=Token)
        except (FileNotFoundError, InvalidToken, msgspec.DecodeError):
            raise StorageError(
                f"{path} cannot be opened with {self._key_file}: restore that key, or remove the token for a new one"
            ) from None

    def save(self, connection: str, token: Token) -> None:
        """Replace the token of `connection`; a power cut leaves the old or the new one."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_key()
        _replace(self._file(connection), self._keys().encrypt(msgspec.json.encode(token)))

    @contextlib.contextmanager
    def locked(self, connection: str) -> Iterator[bool]:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._directory / f"{connection}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def rotate(self) -> int:
        """Encrypt everything with a new key and forget the old ones; returns how many tokens there are.

        Raises `StorageError` where a token is just being got: until the next rotation all keys are then kept.
        """
        new = Fernet.generate_key()
        self._make_key()
        _replace(self._key_file, new + b"\n" + self._key_file.read_bytes())
        files = sorted(self._directory.glob("*.token")) if self._directory.is_dir() else []
        for path in files:
            with self.locked(path.stem) as is_mine:
                if not is_mine:
                    raise StorageError(f"the token of {path.stem} is being renewed; rotate again in a minute")
                _replace(path, self._keys().rotate(path.read_bytes()))
        _replace(self._key_file, new + b"\n")
        return len(files)

    def _file(self, connection: str) -> Path:
        return self._directory / f"{connection}.token"

    def _make_key(self) -> None:
        if not self._key_file.exists():
            _make(self._key_file, Fernet.generate_key() + b"\n")

    def _keys(self) -> MultiFernet:
        """The keys as they are now: a rotation holds for the very next look."""
        try:
            return MultiFernet([Fernet(line) for line in self._key_file.read_bytes().split()])
        except ValueError:
            raise StorageError(f"{self._key_file} holds no key: restore it, or remove it and all tokens") from None


def _make(path: Path, content: bytes) -> None:
    """Write `path` unless somebody else has just done so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    _write(scratch, content)
    with contextlib.suppress(FileExistsError):
        os.link(scratch, path)
    scratch.unlink()
    sync_directory(path.parent)


def _replace(path: Path, content: bytes) -> None:
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    _write(scratch, content)
    scratch.replace(path)
    sync_directory(path.parent)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
