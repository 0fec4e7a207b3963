"""Serve the switchboard: ``python -m handoff_api``."""

from __future__ import annotations

import gc
import sys

import uvicorn

from handoff_api.app import create_app
from handoff_api.garbage import ShortPauses
from handoff_api.logs import configure
from handoff_api.settings import SettingsError, load_settings


def main() -> int:
    """Until stopped. Exit code 2 for a wrong setting."""
    try:
        settings = load_settings()
        settings.signing_secret()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure(settings.log_level)
    gc.callbacks.append(ShortPauses())
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        ws="wsproto",
        ws_max_size=256 * 1024,
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=3,
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
