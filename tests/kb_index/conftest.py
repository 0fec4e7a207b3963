"""The real encoder, made once for the whole run."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.encoder import Encoder, load_encoder


@pytest.fixture(scope="session")
def cache() -> Path:
    """Beside the checkout's other derived files, so that repeated runs do not quantize again."""
    return Path(__file__).parents[2] / ".baton" / "encoder"


@pytest.fixture(scope="session")
def encoder(cache: Path) -> Encoder:
    return load_encoder("minilm", cache)


@pytest.fixture(scope="session")
def exact_encoder(cache: Path) -> Encoder:
    return load_encoder("minilm-fp32", cache)
