"""The secret is made once and kept from others."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from baton.errors import StartError
from baton.secret_file import derive, load_secret


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    secret = load_secret(tmp_path)
    assert len(secret) >= 60
    assert load_secret(tmp_path) == secret
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_many_at_once_agree_on_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(load_secret, [tmp_path] * 32))) == 1


def test_two_installations_differ(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    assert load_secret(folders[0]) != load_secret(folders[1])


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_secret(tmp_path)
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(StartError, match="can be read by others; run: chmod 600"):
        load_secret(tmp_path)


@pytest.mark.parametrize("text", ["", "short\n"])
def test_a_damaged_one_is_not_replaced_in_silence(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text(text)
    (tmp_path / "secret").chmod(0o600)
    with pytest.raises(StartError, match="is damaged; restore it"):
        load_secret(tmp_path)


def test_derived_secrets_differ_by_purpose_and_do_not_hold_the_first() -> None:
    one, other = derive("s" * 40, "bot token"), derive("s" * 40, "other")
    assert one != other
    assert one == derive("s" * 40, "bot token")
    assert "s" * 5 not in one
