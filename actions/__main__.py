"""`python -m actions`: the action server, on this machine only."""

from __future__ import annotations

import logging
import sys

from actions.errors import ActionsError
from actions.server import create_app
from actions.settings import Settings
from actions.shop.shop import Shop


def main() -> int:
    """Serve until stopped; 1 with one sentence when it cannot start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.from_environment()
        shop = Shop.open(settings.database)
    except ActionsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    app = create_app(shop, token=settings.token, path=settings.path)
    try:
        app.run(host=settings.host, port=settings.port, access_log=False, motd=False)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}\n")
        return 1
    finally:
        shop.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
