"""Settings name the variable that is wrong."""

from pathlib import Path

import pytest

from baton.errors import SettingsError
from baton.settings import Address, Fsync, Settings


def test_every_setting_is_optional() -> None:
    settings = Settings.load({})
    assert settings.data_dir.name == ".baton"
    assert str(settings.web) == "127.0.0.1:8080"
    assert settings.redis_url is None
    assert settings.redis_fsync is Fsync.ALWAYS


def test_an_empty_variable_is_as_good_as_none() -> None:
    names = ("DATA_DIR", "PORT", "HOST", "BOT_URL", "ACTIONS_URL", "REDIS_URL", "REDIS_FSYNC", "SECRET", "BOT_TOKEN")
    assert Settings.load({f"BATON_{name}": "" for name in names}) == Settings.load({})


def test_a_relative_data_folder_is_taken_from_where_the_command_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.load({"BATON_DATA_DIR": "kept"}).data_dir == tmp_path / "kept"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("BATON_PORT", "http", "BATON_PORT must be a whole number from 1 to 65535, not 'http'"),
        ("BATON_PORT", "0", "BATON_PORT must be a whole number from 1"),
        ("BATON_PORT", "70000", "BATON_PORT must be a whole number"),
        ("BATON_PORT", "８080", "BATON_PORT must be a whole number"),
        ("BATON_BOT_URL", "127.0.0.1:5005", "BATON_BOT_URL must be a URL such as"),
        ("BATON_BOT_URL", "https://127.0.0.1:5005", "BATON_BOT_URL must be a URL such as"),
        ("BATON_BOT_URL", "http://127.0.0.1:port", "BATON_BOT_URL must be a URL such as"),
        ("BATON_BOT_URL", "http://127.0.0.1:5005,", "BATON_BOT_URL must be a URL such as"),
        ("BATON_BOT_URL", "http://127.0.0.1:5005, http://127.0.0.1:5005", "BATON_BOT_URL must name each address once"),
        ("BATON_BOT_URL", "http://127.0.0.1:5005,http://[::1]:5005/bot", "addresses without a path, not 'http://[::1]"),
        ("BATON_ACTIONS_URL", "http://", "BATON_ACTIONS_URL must be a URL such as"),
        ("BATON_REDIS_URL", "http://x", "BATON_REDIS_URL must begin with redis://, rediss://, unix://"),
        ("BATON_REDIS_FSYNC", "no", "BATON_REDIS_FSYNC must be 'always' or 'everysec', not 'no'"),
        ("BATON_SECRET", "changeme", "BATON_SECRET is only 8 characters"),
        ("BATON_BOT_TOKEN", "changeme", "BATON_BOT_TOKEN is only 8 characters"),
        ("BATON_DISK_RESERVE_MB", "-1", "BATON_DISK_RESERVE_MB must be a whole number"),
        ("BATON_START_TIMEOUT_S", "1.5", "BATON_START_TIMEOUT_S must be a whole number"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError) as fault:
        Settings.load({name: value})
    assert expected in str(fault.value)


def test_a_short_secret_is_never_repeated_in_the_message() -> None:
    with pytest.raises(SettingsError) as fault:
        Settings.load({"BATON_SECRET": "hunter2"})
    assert "hunter2" not in str(fault.value)


@pytest.mark.parametrize(
    ("url", "host", "local"),
    [
        ("http://127.0.0.1:5005", "127.0.0.1", True),
        ("http://localhost:5005", "localhost", True),
        ("http://[::1]:5005", "::1", True),
        ("http://bot.example:5005", "bot.example", False),
        ("http://10.0.0.4:5005/prefix", "10.0.0.4", False),
    ],
)
def test_only_servers_of_this_machine_are_ours_to_start(url: str, host: str, local: bool) -> None:
    address = Address.from_url("BATON_BOT_URL", url)
    assert (address.host, address.port, address.is_local) == (host, 5005, local)


def test_the_bots_addresses_are_passed_on_as_plain_ones() -> None:
    """A slash at the end would make every path of theirs another one."""
    bots = Settings.load({"BATON_BOT_URL": "http://127.0.0.1:5005/, http://[::1]:5006,http://bot.example"}).bots
    assert [bot.url for bot in bots] == ["http://127.0.0.1:5005", "http://[::1]:5006", "http://bot.example:80"]
