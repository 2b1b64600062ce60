from pathlib import Path

import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.hosting.gate.login import TRIES, WINDOW_SECONDS, Logins, hashed, read_logins


def test_the_right_password_enters_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "logins.txt"
    path.write_text(f"# the class\n\nanna:{hashed('schmetterling')}\nben:{hashed('käfer')}\n")
    logins = read_logins(path)
    assert logins.accepts("anna", "schmetterling")
    assert logins.accepts("ben", "käfer")
    for name, password in (("anna", "käfer"), ("carl", "käfer"), ("anna", ""), ("", "")):
        assert not logins.accepts(name, password)


def test_the_same_password_has_another_hash_each_time() -> None:
    assert hashed("secret") != hashed("secret")
    assert "secret" not in hashed("secret")


def test_guessing_is_slowed_for_that_name_alone() -> None:
    now = [0.0]
    logins = Logins({"anna": hashed("a"), "ben": hashed("b")}, clock=lambda: now[0])
    for _ in range(TRIES):
        assert not logins.accepts("anna", "guess")
    assert not logins.accepts("anna", "a"), "even the right one has to wait now"
    assert logins.accepts("ben", "b")
    now[0] += WINDOW_SECONDS + 1
    assert logins.accepts("anna", "a")


def test_a_password_of_a_megabyte_is_not_hashed() -> None:
    assert not Logins({"anna": hashed("a")}).accepts("anna", "a" * 10**6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("anna:geheim", "line 1: expected name:hash"),
        (f":{hashed('a')}", "line 1"),
        (f"anna:{hashed('a').replace('16384', '99999999')}", "line 1"),
        ("# nobody\n", "lists no users"),
    ],
    ids=["no hash", "no name", "too costly", "nobody"],  # salts differ from process to process
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "logins.txt"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        read_logins(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        read_logins(tmp_path / "nobody.txt")
