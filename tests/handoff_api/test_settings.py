"""A wrong setting stops the start with a sentence that names the variable."""

from __future__ import annotations

import pytest

from handoff_api.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BATON_PUBLIC_URL", "help.example.com", "expected an address like https://www.example.com, not 'help"),
        ("BATON_WIDGET_ORIGINS", "https://a.example, b.example", "not 'b.example'"),
        ("BATON_WIDGET_ORIGINS", "*", "not '*'"),
        ("BATON_FAQ_DIR", "nowhere", "there is no nowhere"),
        ("BATON_REPLIES_FILE", "nowhere.yml", "there is no nowhere.yml"),
        ("BATON_BOT_TIMEOUT_S", "-1", "greater than 0"),
    ],
)
def test_it_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as fault:
        load_settings()
    assert str(fault.value).startswith(f"{name}: ")
    assert said in str(fault.value)


def test_good_ones_and_empty_ones_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_PUBLIC_URL", "https://help.example.com:8443/baton/")
    monkeypatch.setenv("BATON_WIDGET_ORIGINS", "https://www.example.com, http://[::1]:3000")
    monkeypatch.setenv("BATON_BOT_TIMEOUT_S", "")
    settings = load_settings()
    assert settings.origins() == ["https://www.example.com", "http://[::1]:3000"]
    assert settings.bot_timeout_s == 15
