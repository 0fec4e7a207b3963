"""Trains the assistant: one model file in models/, named by what it was trained from, made again if that changed."""

from __future__ import annotations

import argparse
import contextlib
import gc
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.encoder import shared_encoder
from bot.errors import BotError, TrainingFailed, root_cause
from bot.fingerprint import fingerprint
from bot.handoff.errors import HandoffError
from bot.handoff.heads import Heads
from bot.models import ENDING
from bot.settings import keep_private, without_progress_bars, without_training_cache
from kb_index.errors import KbIndexError
from kb_index.settings import configured_encoder

# Older models are kept for a way back.
KEPT = 3


@dataclass(frozen=True)
class Training:
    """The model to serve, and whether it was made now."""

    model: Path
    trained: bool
    seconds: float


def train(
    checkout: Path | None = None,
    *,
    force: bool = False,
    models: Path | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Training:
    """Train if anything changed since the last model, or in any case with `force`."""
    began = time.monotonic()
    root = (checkout or Path.cwd()).resolve()
    folder = models or root / "models"
    model = folder / f"baton-{fingerprint(root)}{ENDING}"
    if model.is_file() and not force:
        model.touch()  # the newest is served
        tell(f"Nothing changed since {model.name} was trained.")
        return Training(model, trained=False, seconds=time.monotonic() - began)
    tell("Training the assistant: reading content ...")
    folder.mkdir(parents=True, exist_ok=True)
    # Made beside it and moved in whole: a bot that starts meanwhile, or after a killed training, meets no half file.
    with tempfile.TemporaryDirectory(prefix=".training-", dir=folder) as workshop:
        _train_with_rasa(root, Path(workshop), model.name.removesuffix(ENDING), tell)
        made = Path(workshop) / model.name
        if not made.is_file():
            raise TrainingFailed("Rasa finished without a model; its messages above say why")
        made.replace(model)
    _drop_old(folder)
    seconds = time.monotonic() - began
    tell(f"Trained {model.name} in {seconds:.0f} s.")
    return Training(model, trained=True, seconds=seconds)


def _train_with_rasa(root: Path, folder: Path, name: str, tell: Callable[[str], None]) -> None:
    keep_private()
    without_training_cache()
    without_progress_bars()
    # The paths in config.yml are relative to the checkout.
    with contextlib.chdir(root), warnings.catch_warnings():
        try:
            check_encoder(root)
        except (HandoffError, KbIndexError) as error:
            raise TrainingFailed(str(error)) from error
        # Rasa's own dependencies; content is checked by `rasa data validate` and our tests.
        warnings.simplefilter("ignore")
        import rasa.model_training

        from bot.quiet import quieten

        quieten()
        pack_lightly()
        tell("Training the assistant: vectors, intents, FAQ index, rules ...")
        try:
            rasa.model_training.train(
                domain="domain.yml",
                config="config.yml",
                training_files=["data/nlu", "data/rules", "data/stories"],
                output=str(folder),
                force_training=True,
                fixed_model_name=name,
            )
        except SystemExit as error:
            raise TrainingFailed("Rasa refused the content; its messages above say why") from error
        except Exception as error:
            raise TrainingFailed(root_cause(error)) from error


def pack_lightly() -> None:
    """Rasa packs as tightly as gzip can. A model is mostly random digits: 1 % more space takes half the time."""
    from rasa.engine.storage.local_model_storage import TarSafe

    TarSafe.gzopen = partial(TarSafe.gzopen, compresslevel=1)


def check_encoder(root: Path) -> None:
    """Refuse an encoder that cannot be loaded, or that the handoff heads were not fitted on.

    Rasa would notice the second only when the trained model is loaded.
    """
    encoder = shared_encoder(configured_encoder(root / "config.yml"))
    for name in ("heads.npz", "bot_reply_heads.npz"):
        Heads.load(root / "data" / "handoff" / name).check_encoder(encoder.name)


def _drop_old(folder: Path) -> None:
    models = sorted(folder.glob(f"baton-*{ENDING}"), key=lambda model: model.stat().st_mtime)
    for old in models[:-KEPT]:
        old.unlink()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """`python -m bot.train [--force]`."""
    parser = argparse.ArgumentParser(prog="python -m bot.train", description=__doc__)
    parser.add_argument("--force", action="store_true", help="train even if nothing changed")
    parser.add_argument("--models", type=Path, help="where models are kept (default: models/)")
    given = parser.parse_args()
    gc.disable()  # the process ends before there is much garbage, and looking for it takes a second
    try:
        train(force=given.force, models=given.models, tell=_print)
    except BotError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
