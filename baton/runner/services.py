"""The processes of one Baton, and what each is told through its environment."""

import sys

from baton.embedded_redis.server import EmbeddedRedis
from baton.runner.probes import http_alive, http_ok, worker_alive, worker_reports
from baton.runner.service import Service
from baton.secret_file import derive, load_secret
from baton.settings import Address, Settings, inherited_environment


def child_environment(settings: Settings, redis_url: str) -> dict[str, str]:
    """Tell every process the same; the secrets never appear on a command line."""
    secret = settings.secret or load_secret(settings.data_dir)
    return inherited_environment() | {
        "BATON_DATA_DIR": str(settings.data_dir),
        "BATON_REDIS_URL": redis_url,
        "BATON_HOST": settings.web.host,
        "BATON_PORT": str(settings.web.port),
        "BATON_BOT_URL": ",".join(bot.url for bot in settings.bots),
        "BATON_ACTIONS_URL": settings.actions_url,
        "BATON_SECRET": secret,
        "BATON_BOT_TOKEN": settings.bot_token or derive(secret, "bot token"),
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONUNBUFFERED": "1",
    }


def redis_service(redis: EmbeddedRedis) -> Service:
    """Describe the embedded Redis."""

    def when_ready(lines: list[str]) -> str | None:
        redis.mark_written()
        return redis.explain_repair(lines)

    return Service(
        name="redis",
        command=redis.command,
        is_ready=redis.is_ready,
        is_alive=redis.is_alive,
        hint=f"redis-server {redis.binary.version_text}",
        inherited_files=(redis.lock.descriptor,),
        explain_exit=redis.explain_exit,
        when_ready=when_ready,
    )


def python_services(settings: Settings) -> list[Service]:
    """Describe our own processes; a bot or action server on another machine is not ours to start."""
    services = []
    for number, bot in enumerate(settings.bots, start=1):
        if bot.is_local:
            health = f"{bot.url}/webhooks/baton/health"
            command = [sys.executable, "-m", "bot", str(number)]
            services.append(_service(f"bot-{number}", command, health, health, hint="loads the model"))
    if settings.actions.is_local:
        health = f"{settings.actions.url}/health"
        services.append(_service("actions", [sys.executable, "-m", "actions"], health, health))
    web = reachable(settings.web).url
    command = [sys.executable, "-m", "handoff_api"]
    services.append(_service("handoff_api", command, f"{web}/readyz", f"{web}/healthz"))
    services.append(
        Service(
            "worker",
            [sys.executable, "-m", "handoff_api.worker"],
            is_ready=lambda: worker_reports(f"{web}/readyz"),
            is_alive=lambda: worker_alive(f"{web}/readyz"),
        )
    )
    return services


def reachable(address: Address) -> Address:
    """Turn 'any address' into one that a browser on this machine can open."""
    if address.host in ("0.0.0.0", ""):
        return Address("127.0.0.1", address.port)
    return Address("::1", address.port) if address.host == "::" else address


def _service(name: str, command: list[str], ready_url: str, alive_url: str, hint: str = "") -> Service:
    return Service(name, command, lambda: http_ok(ready_url), lambda: http_alive(alive_url), hint)
