"""`python -m bot`: the Rasa server behind the switchboard, on this machine only."""

from __future__ import annotations

import gc
import logging
import sys
import warnings

from bot.errors import BotError
from bot.lazy_tensorflow import postpone_tensorflow
from bot.settings import Settings, keep_private


def main() -> int:
    """Serve until stopped; 1 with one sentence when it cannot start."""
    keep_private()
    postpone_tensorflow()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("rasa", "apscheduler", "matplotlib", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # Rasa 3.6 and what it brings are not ours to mend; our own warnings are errors in the test run.
    warnings.filterwarnings("ignore")
    try:
        settings = Settings.from_environment(number=which(sys.argv[1:]))
        from bot.quiet import quieten
        from bot.server import create_app

        quieten()
        app = create_app(settings)
        # The model stays as long as the process: looking through it for garbage would hold everybody up for 0.2 s.
        gc.collect()
        gc.freeze()
    except BotError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        app.run(host=settings.host, port=settings.port, access_log=False, motd=False)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}\n")
        return 1
    return 0


def which(arguments: list[str]) -> int:
    """The number of this process among several alike: 1 where none is given."""
    if arguments and not arguments[0].isdigit():
        raise BotError(f"expected the number of an address in BATON_BOT_URL, not {arguments[0]!r}")
    return int(arguments[0]) if arguments else 1


if __name__ == "__main__":
    sys.exit(main())
