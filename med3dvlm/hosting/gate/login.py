"""Optional login: names and password hashes in a file, with a limit on attempts.

    python app.py --hash-password            # asks for a password, prints its hash
    logins = read_logins(path)
    logins.accepts(name, password)

A line of the file is `name:scrypt$n$r$p$salt$hash`; lines that begin with # are comments.
"""

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from med3dvlm.errors import ConfigError

COST, BLOCK, LANES, SALT_BYTES, KEY_BYTES = 2**14, 8, 1, 16, 32
MEMORY = 64 * 2**20
LONGEST = 1024  # characters of a password
TRIES, WINDOW_SECONDS = 8, 60.0


def hashed(password: str, salt: bytes | None = None) -> str:
    """The hash of a password as the login file stores it."""
    salt = salt or secrets.token_bytes(SALT_BYTES)
    parts = (base64.b64encode(part).decode() for part in (salt, _key(password, salt)))
    return "$".join(("scrypt", str(COST), str(BLOCK), str(LANES), *parts))


def _key(password: str, salt: bytes, cost: int = COST) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=BLOCK, p=LANES, dklen=KEY_BYTES, maxmem=MEMORY
    )


class Logins:
    """Names and password hashes. Too many attempts on a name within a minute are refused."""

    def __init__(
        self, hashes: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._hashes = dict(hashes)
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: dict[str, list[float]] = {}
        self._nobody = hashed(secrets.token_hex(16))

    def accepts(self, name: str, password: str) -> bool:
        """Whether name and password match; takes equally long for unknown and known names."""
        if len(password) > LONGEST or not self._counted(name):
            return False
        stored = self._hashes.get(name, self._nobody)
        _, cost, _, _, salt, key = stored.split("$")
        made = _key(password, base64.b64decode(salt), int(cost))
        fits = hmac.compare_digest(made, base64.b64decode(key)) and name in self._hashes
        if fits:
            with self._lock:
                self._tries.pop(name, None)
        return fits

    def _counted(self, name: str) -> bool:
        """Count an attempt on a known name; False when there were too many."""
        if name not in self._hashes:
            return True
        now = self._clock()
        with self._lock:
            recent = [when for when in self._tries.get(name, []) if now - when < WINDOW_SECONDS]
            self._tries[name] = [*recent, now]
            return len(recent) < TRIES


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
