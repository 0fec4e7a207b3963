"""Settings fail with the name of the variable."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings

SOUND = {"BATON_BOT_TOKEN": "0123456789abcdef", "BATON_REDIS_URL": "unix:///tmp/redis.sock"}


def test_defaults_stay_on_this_machine() -> None:
    settings = Settings.from_environment(SOUND)

    assert (settings.host, settings.port) == ("127.0.0.1", 5005)
    assert settings.actions_url == "http://127.0.0.1:5055/webhook"
    assert settings.model == Path("models")
    assert settings.data_dir == Path(".baton")


def test_each_process_serves_its_own_address() -> None:
    both = {**SOUND, "BATON_BOT_URL": "http://127.0.0.1:5005, http://127.0.0.1:5006"}

    assert [Settings.from_environment(both, number).port for number in (1, 2)] == [5005, 5006]
    assert Settings.from_environment(SOUND, 2).port == 5006
    with pytest.raises(SettingsError, match="BATON_BOT_URL has no address number 3"):
        Settings.from_environment(both, 3)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"BATON_BOT_TOKEN": ""}, "BATON_BOT_TOKEN"),
        ({"BATON_BOT_TOKEN": "short"}, "BATON_BOT_TOKEN"),
        ({"BATON_REDIS_URL": ""}, "BATON_REDIS_URL"),
        ({"BATON_BOT_URL": "127.0.0.1"}, "BATON_BOT_URL"),
        ({"BATON_BOT_URL": "https://127.0.0.1:5005"}, "BATON_BOT_URL"),
    ],
)
def test_a_wrong_variable_is_named(change: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        Settings.from_environment({**SOUND, **change})
