"""Optional login: names and password hashes in a file, with a limit on attempts.

    python app.py --hash-password            # asks for a password, prints its hash
    logins = read_logins(path)
    await logins.accepts(name, password)

A line of the file is `name:scrypt$n$r$p$salt$hash`; lines that begin with # are comments.
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from med3dvlm.errors import ConfigError

COST, BLOCK, LANES, SALT_BYTES, KEY_BYTES = 2**14, 8, 1, 16, 32
MEMORY = 64 * 2**20
LONGEST = 1024  # characters of a password
TRIES, TRIES_OF_ADDRESS, WINDOW_SECONDS = 8, 40, 60.0
LOGIN_SECONDS = 12 * 3600.0
COOKIE = "access-token-"  # begins the names of Gradio's cookies
# The address that the current request came from; Gradio hands on name and password alone.
SENDER: ContextVar[str] = ContextVar("sender", default="")


def hashed(password: str, salt: bytes | None = None) -> str:
    """The hash of a password as the login file stores it."""
    salt = salt or secrets.token_bytes(SALT_BYTES)
    parts = (base64.b64encode(part).decode() for part in (salt, _key(password, salt)))
    return "$".join(("scrypt", str(COST), str(BLOCK), str(LANES), *parts))


def _key(password: str, salt: bytes, cost: int = COST) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=BLOCK, p=LANES, dklen=KEY_BYTES, maxmem=MEMORY
    )


class LoginTokens(dict[str, str]):
    """Names by token, as Gradio keeps them; a token is forgotten after `LOGIN_SECONDS`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._since: dict[str, float] = {}

    def __setitem__(self, token: str, name: str) -> None:
        for old in [key for key in self if self.get(key) is None]:
            self.pop(old, None)
            self._since.pop(old, None)
        super().__setitem__(token, name)
        self._since[token] = self._clock()

    def get(self, token: Any, default: Any = None) -> Any:
        """Whose token it is, as long as it counts."""
        begun = self._since.get(token)
        if begun is None or self._clock() - begun >= LOGIN_SECONDS:
            return default
        return super().get(token, default)


class Logins:
    """Names and password hashes. Too many wrong tries on a name are refused where they come from.

    Attributes:
        tokens: of those who have logged in.
    """

    def __init__(
        self, hashes: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.tokens = LoginTokens(clock)
        self._hashes = dict(hashes)
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[tuple[str, str], list[float]] = {}
        self._nobody = hashed(secrets.token_hex(16))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")

    async def accepts(self, name: str, password: str) -> bool:
        """Whether name and password match; known and unknown names take equally long."""
        sender = SENDER.get()
        if len(password) > LONGEST or self._is_waiting(sender, name):
            return False
        loop = asyncio.get_running_loop()
        fits = await loop.run_in_executor(self._thread, self._fits, name, password)
        with self._lock:
            for key in ((sender, name), (sender, "")):
                if fits:
                    self._wrong.pop(key, None)
                else:
                    self._wrong.setdefault(key, []).append(self._clock())
        return fits

    def knows(self, cookies: str) -> bool:
        """Whether a request's cookies hold the token of somebody who has logged in."""
        pairs = (part.strip().partition("=") for part in cookies.split(";"))
        return any(
            name.startswith(COOKIE) and self.tokens.get(value) is not None
            for name, _, value in pairs
        )

    def _fits(self, name: str, password: str) -> bool:
        stored = self._hashes.get(name, self._nobody)
        _, cost, _, _, salt, key = stored.split("$")
        made = _key(password, base64.b64decode(salt), int(cost))
        return hmac.compare_digest(made, base64.b64decode(key)) and name in self._hashes

    def _is_waiting(self, sender: str, name: str) -> bool:
        """Whether there were too many wrong tries from there, on this name or on all."""
        now = self._clock()
        with self._lock:
            for key, when in list(self._wrong.items()):
                recent = [moment for moment in when if now - moment < WINDOW_SECONDS]
                self._wrong[key] = recent
                if not recent:
                    del self._wrong[key]
            of_name = len(self._wrong.get((sender, name), ()))
            return of_name >= TRIES or len(self._wrong.get((sender, ""), ())) >= TRIES_OF_ADDRESS


def read_logins(path: Path) -> Logins:
    """Read the logins from a file.

    Raises:
        ConfigError: the file is missing or empty, or a line is malformed.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise ConfigError(f"the login file {path} can't be read") from None
    hashes = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, stored = line.strip().partition(":")
        if not name or not _is_hash(stored):
            raise ConfigError(
                f"{path}, line {number}: expected name:hash; "
                "`python app.py --hash-password` makes the hash"
            )
        hashes[name] = stored
    if not hashes:
        raise ConfigError(f"the login file {path} lists no users, so nobody could log in")
    return Logins(hashes)


def _is_hash(stored: str) -> bool:
    parts = stored.split("$")
    known = parts[:4:3] + parts[2:3] == ["scrypt", str(LANES), str(BLOCK)]
    return len(parts) == 6 and known and parts[1].isdigit() and int(parts[1]) <= COST
