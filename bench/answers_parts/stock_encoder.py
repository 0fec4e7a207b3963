"""What sentence-transformers takes for the same model: texts as JSON come in, milliseconds as JSON go out.

Run in the training group's environment: `.venv-train/bin/python -m bench.answers_parts.stock_encoder`.
"""

from __future__ import annotations

import json
import sys

from bench.lib.figures import milliseconds
from kb_index import minilm


def main() -> None:
    """One text after another, on one thread."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(minilm.files().weights.parent), device="cpu", local_files_only=True)
    print(json.dumps(milliseconds(lambda text: model.encode([text], show_progress_bar=False), json.load(sys.stdin))))


if __name__ == "__main__":
    main()
