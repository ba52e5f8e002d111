"""Wake a reader in another process: a datagram says only "look again", so a lost one costs a short wait, no event."""

import contextlib
import socket
from pathlib import Path


class Doorbell:
    """The ringing side. Never blocks, never fails: without a listener the ring is lost and the listener polls."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def ring(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.sendto(b"!", self._path)

    def close(self) -> None:
        self._socket.close()


class Listener:
    """The waiting side, one per reader. `fileno()` lets an event loop wait on it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def wait(self, seconds: float) -> bool:
        """Return at the first ring, True, or after `seconds`, False. Rings that came before the call count."""
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(1)
        except TimeoutError:
            return False
        self.drain()
        return True

    def drain(self) -> None:
        """Forget rings that are waiting."""
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(1):
                pass

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()
