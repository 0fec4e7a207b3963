"""spaCy is imported here, before warnings count as errors: what its own dependencies warn of is not ours."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import spacy  # noqa: F401

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model, made now if anything changed."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "bot.train"], cwd=CHECKOUT, env=environment, check=True, timeout=500)
    return max((CHECKOUT / "models").glob("baton-*.tar.gz"), key=lambda path: path.stat().st_mtime)
