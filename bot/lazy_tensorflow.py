"""Leaves TensorFlow unloaded until something of it is used: nothing of ours ever does, and loading it takes seconds.

Rasa imports it for two Keras callbacks in `rasa.utils.train_utils`, which only its own neural components use. That one
module is made with the standard library's LazyLoader: it runs at the first look inside, and is the real one then.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_POSTPONED = "rasa.utils.train_utils"


def postpone_tensorflow() -> None:
    """Call it before Rasa is imported."""
    if _POSTPONED not in sys.modules and not any(isinstance(finder, _Postponer) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Postponer())


class _Postponer(MetaPathFinder):
    """Finds the one module as Python would, and has it run later."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _POSTPONED:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec
