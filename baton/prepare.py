"""Makes what a start needs: the web pages and a trained model."""

from collections.abc import Callable

from baton import training, web_build
from baton.errors import PrepareError


def prepare(say: Callable[[str], None]) -> None:
    """Build and train, only where files changed."""
    training.check_configuration()
    web_build.ensure_built(say)
    if not training.is_current():
        say("training the assistant: " + ("its files changed" if training.newest_model() else "there is no model yet"))
        training.train(say)


def require_model() -> None:
    """Refuse to start without any model."""
    if training.newest_model() is None:
        raise PrepareError("There is no trained model in models/; make one with: script/baton train")
