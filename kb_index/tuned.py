"""A tuned encoder on disk: a folder of sentence-transformers, and a file that names the hashes of what it must hold.

The folder is written by `baton encoder tune`. At every start its weights are compared with the recorded hashes, as the
shipped model's are with the published ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kb_index import bert, minilm
from kb_index.encoder import Encoder
from kb_index.errors import EncoderError
from kb_index.settings import TUNED_ENCODER

WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
FORMAT = 1
REMEDY = "make the folder again with: baton encoder tune"


def is_tuned(folder: Path) -> bool:
    """Whether the folder claims to be one of ours."""
    return (folder / TUNED_ENCODER).is_file()


def record(folder: Path, about: Mapping[str, Any]) -> None:
    """Write the hashes of the folder's files; `about` says where the encoder comes from and what was measured."""
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (WEIGHTS, TOKENIZER)}
    body = {"format": FORMAT, "files": hashes, **about}
    (folder / TUNED_ENCODER).write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def files(folder: Path) -> minilm.Files:
    """Where the files are and what was recorded about them."""
    manifest = folder / TUNED_ENCODER
    try:
        values = json.loads(manifest.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise EncoderError(f"{manifest} has format {values['format']}, expected {FORMAT}; {REMEDY}")
        weights, tokenizer = str(values["files"][WEIGHTS]), str(values["files"][TOKENIZER])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{manifest} is damaged ({error!r}); {REMEDY}") from error
    return minilm.Files(folder / WEIGHTS, folder / TOKENIZER, weights, tokenizer, REMEDY)


def load(folder: Path, cache: Path, *, quantized: bool = True) -> Encoder:
    """Open a tuned encoder; its name carries the hash of its weights."""
    found = files(folder)
    kind = "tuned" if quantized else "tuned-fp32"
    return bert.load(f"{kind}-{found.weights_sha256[:12]}", found, cache, quantized=quantized)
