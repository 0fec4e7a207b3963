"""The one sentence encoder of this process: loading it takes a second and 100 MB, so all components share it."""

from __future__ import annotations

from functools import lru_cache

from kb_index.encoder import Encoder, load_encoder


@lru_cache(maxsize=2)
def shared_encoder(name: str) -> Encoder:
    """The encoder of that name, loaded once."""
    return load_encoder(name)
