"""Makes what a start needs: the web pages and a trained model."""

from collections.abc import Callable
from pathlib import Path

from baton import training, web_build
from baton.checkout import MODELS
from baton.errors import PrepareError


def prepare(say: Callable[[str], None], model: Path | None) -> None:
    """Build and train, only where files changed. A model that the settings name is taken as it is."""
    training.check_configuration()
    web_build.ensure_built(say)
    if model is not None:
        require_model(model)
    elif not training.is_current():
        say(
            "training the assistant: "
            + ("its files changed" if training.newest_model(MODELS) else "there is no model yet")
        )
        training.train(say)


def require_model(model: Path | None) -> None:
    """Refuse to start without any model."""
    if training.newest_model(model or MODELS) is None:
        where = f"{model}, which BATON_MODEL names" if model else "models/"
        raise PrepareError(f"There is no trained model in {where}; make one with: script/baton train")
