"""Every setting of the switchboard. The only place of this package that reads the environment."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_TELEGRAM_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}")
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9._-]+(:\d{1,5})?(/[^\s?#]*)?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?/?")
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class SettingsError(ValueError):
    """A setting is missing or wrong; the message names the variable and says what was expected."""


class Settings(BaseSettings):
    """Read once at start. Each field is the variable ``BATON_<FIELD>``."""

    model_config = SettingsConfigDict(env_prefix="BATON_", env_ignore_empty=True, frozen=True, extra="ignore")

    data_dir: Path = Field(Path(".baton"), description="folder for everything that is kept: secret, storage, logs")
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        description="redis://, unix://, redis+cluster:// or redis+sentinel:// address of the storage",
    )
    partitions: int = Field(8, ge=1, le=512, description="slices of the storage; may be raised, never lowered")
    host: str = Field("127.0.0.1", description="address the switchboard listens on")
    port: int = Field(8080, ge=1, le=65535, description="port the switchboard listens on")
    public_url: str = Field("", description="address under which customers reach it, https://...; marks cookies secure")
    secret: SecretStr = Field(SecretStr(""), description="signs visitor tokens; made once in the data folder")
    trusted_proxies: str = Field("", description="proxies whose X-Forwarded-For is believed, comma separated")
    widget_origins: str = Field("", description="other websites that may embed the widget, comma separated origins")
    identity_secret: SecretStr = Field(SecretStr(""), description="shared with your website to sign who its visitor is")
    hours: str = Field(
        "We answer Monday to Friday 8:00 to 20:00 and Saturday 9:00 to 17:00.",
        description="said to customers who wait while nobody is there",
    )
    faq_dir: Path = Field(Path("data/faq"), description="the FAQ entries, for the console")
    replies_file: Path = Field(Path("data/replies.yml"), description="replies that agents write often")

    bot_url: str = Field(
        "http://127.0.0.1:5005,http://127.0.0.1:5006",
        description="where the bot answers, one address for each of its processes, comma separated",
    )
    bot_token: SecretStr = Field(SecretStr(""), description="shared with the bot; set by `baton up`")
    bot_timeout_s: float = Field(15.0, gt=0, description="one answer of the bot may take this long")
    bot_concurrency: int = Field(8, ge=1, description="turns given to the bot at once, per worker")
    bot_notice_s: float = Field(4.0, gt=0, description="after this long without an answer the customer is told")
    bot_patience_s: float = Field(300.0, gt=0, description="after this long without an answer a person takes over")
    outage_handoffs_per_minute: int = Field(10, ge=0, description="at most so many handoffs because the bot is away")

    keep_days: int = Field(
        0, ge=0, description="quiet conversations are deleted after so many days; 0 keeps them for ever"
    )
    agent_gone_s: float = Field(35.0, gt=5, description="a console silent for so long has left")
    message_rate: int = Field(30, ge=1, description="messages a customer may send in 10 seconds")
    visitor_rate: int = Field(30, ge=1, description="conversations an address may start in a minute")
    login_rate: int = Field(10, ge=1, description="failed logins an account may have in 15 minutes")

    delivery_patience_s: float = Field(
        86_400.0, gt=0, description="a message to a messaging app that cannot be reached is tried for so long"
    )
    telegram_token: SecretStr = Field(SecretStr(""), description="token of your Telegram bot; empty turns it off")
    telegram_mode: Literal["poll", "webhook"] = Field("poll", description="how Telegram messages reach us")
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""), description="with webhook: the secret Telegram sends back; 1 to 256 of A-Z a-z 0-9 _ -"
    )
    telegram_api_url: str = Field("https://api.telegram.org", description="the Bot API, or your own server of it")

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much is logged")

    @field_validator("public_url", "widget_origins")
    @classmethod
    def _are_addresses(cls, given: str) -> str:
        for one in filter(None, map(str.strip, given.split(","))):
            if not _WEB_ADDRESS.fullmatch(one):
                raise ValueError(f"expected an address like https://www.example.com, not {one!r}")
        return given

    @field_validator("faq_dir", "replies_file")
    @classmethod
    def _is_there(cls, given: Path) -> Path:
        if not given.exists():
            raise ValueError(f"there is no {given}")
        return given

    def signing_secret(self) -> str:
        """The secret, from the variable or the file in the data folder, which is made the first time."""
        given = self.secret.get_secret_value()
        if given:
            if len(given) < 32:
                raise SettingsError("BATON_SECRET: expected at least 32 characters")
            return given
        return _secret_file(self.data_dir / "secret")

    def origins(self) -> list[str]:
        return [origin.strip().rstrip("/") for origin in self.widget_origins.split(",") if origin.strip()]


def load_settings() -> Settings:
    """Read the environment. Raises SettingsError naming the variable."""
    try:
        settings = Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"BATON_{'_'.join(map(str, e['loc'])).upper()}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        )
        raise SettingsError(faults) from None
    token = settings.telegram_token.get_secret_value()
    if token and not _TELEGRAM_TOKEN.fullmatch(token):
        raise SettingsError("BATON_TELEGRAM_TOKEN: expected the token BotFather gave, like 123456789:AAE...")
    if token and settings.telegram_mode == "webhook":
        if not settings.telegram_webhook_secret.get_secret_value():
            raise SettingsError("BATON_TELEGRAM_WEBHOOK_SECRET: expected a secret when BATON_TELEGRAM_MODE is webhook")
        if not _TELEGRAM_SECRET.fullmatch(settings.telegram_webhook_secret.get_secret_value()):
            raise SettingsError("BATON_TELEGRAM_WEBHOOK_SECRET: expected 1 to 256 of A-Z a-z 0-9 _ -")
        if not settings.public_url:
            raise SettingsError("BATON_PUBLIC_URL: expected the https address Telegram calls in webhook mode")
    return settings


def _secret_file(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        text = path.read_text("ascii").strip()
        if len(text) < 32:
            raise SettingsError(f"{path}: expected at least 32 characters; delete the file to make a new one") from None
        return text
    text = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    return text
