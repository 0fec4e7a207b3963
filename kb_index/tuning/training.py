"""Fine-tuning all-MiniLM-L6-v2 with sentence-transformers: texts of one label together, others apart.

Two losses on the same unit vectors, added up: supervised contrastive (Khosla et al., 2020), within batches that hold
several texts of a label, and cross-entropy over one direction a label (a cosine classifier). The words' own vectors
stay as they are. Afterwards the weights go only part of the way from the original to the tuned ones, which keeps more
of what the original knew, its probabilities above all (WiSE-FT, Wortsman et al., 2022).

Torch is imported when it is used: it is not part of an ordinary installation.
"""

from __future__ import annotations

import math
import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kb_index import minilm
from kb_index.encoder import clean
from kb_index.errors import DataError, TrainingGroupMissing
from kb_index.index import Progress
from kb_index.intents import spoken
from kb_index.questions import Example

if TYPE_CHECKING:
    import torch

SEED = 17
# Rows of like length are encoded together, so that little is spent on padding.
LENGTH_GROUPS = 4


@dataclass(frozen=True)
class Recipe:
    """How the tuning is done; chosen on parts of the training sets of BANKING77, CLINC150 and HWU64."""

    epochs: int = 8
    labels_at_once: int = 32
    texts_a_label: int = 2
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    warm_up: float = 0.1
    contrast_temperature: float = 0.07
    cosine_scale: float = 20.0
    part_of_the_way: float = 0.5
    most_tokens: int = 64
    fewest_steps: int = 60
    most_steps: int = 600


def require_group(what: str = "fine-tuning the encoder") -> None:
    """Refuse in a sentence where torch or sentence-transformers is missing."""
    try:
        import sentence_transformers  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        raise TrainingGroupMissing(what) from error


def tune(
    examples: Sequence[Example], folder: Path, *, recipe: Recipe | None = None, progress: Progress | None = None
) -> None:
    """Tune the shipped model on labelled texts and write it to `folder`, as sentence-transformers writes models.

    The same examples give the same weights, on one kind of processor. DataError for fewer than two labels.
    """
    require_group()
    files = minilm.files()
    minilm.verified(files.weights, files.weights_sha256, files.remedy)
    if len({example.label for example in examples}) < 2:
        raise DataError("expected examples of at least two labels to tune on")
    _Tuning(examples, recipe or Recipe(), files.weights.parent).run(progress).save(folder)


class _Tuning:
    """One model, its optimizer and its batches."""

    def __init__(self, examples: Sequence[Example], recipe: Recipe, model: Path) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from tokenizers import Tokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.manual_seed(SEED)
        self._random = random.Random(SEED)
        self._recipe = recipe
        self._origin = model
        self._model = SentenceTransformer(str(model), device="cpu", local_files_only=True)
        self._bert = self._model[0].auto_model
        self._before = {name: value.clone() for name, value in self._bert.state_dict().items()}
        tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(recipe.most_tokens)
        rows = named(examples)
        self._ids = [encoding.ids for encoding in tokenizer.encode_batch([clean(example.text) for example in rows])]
        names = sorted({str(example.label) for example in rows})
        self._labels = [names.index(str(example.label)) for example in rows]
        self._directions = self._mean_directions(len(names)).requires_grad_(True)
        for parameter in self._bert.embeddings.parameters():
            parameter.requires_grad = False
        self._weights = [parameter for parameter in self._bert.parameters() if parameter.requires_grad]

    def run(self, progress: Progress | None) -> _Tuning:
        """Go through all texts some times, then part of the way back."""
        import torch

        recipe = self._recipe
        groups = [
            {"params": self._weights, "lr": recipe.learning_rate, "weight_decay": 0.01},
            {"params": [self._directions], "lr": recipe.head_learning_rate, "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups)
        batches = list(self._batches())
        rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: pace(step, len(batches), recipe.warm_up))
        self._model.train()
        for number, batch in enumerate(batches, 1):
            loss = self._loss(batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._weights, 1.0)
            optimizer.step()
            rates.step()
            if progress is not None:
                progress("tuning", number, len(batches))
        self._model.eval()
        part = recipe.part_of_the_way
        after = self._bert.state_dict()
        self._bert.load_state_dict(
            {
                name: torch.lerp(value, after[name], part) if value.is_floating_point() else value
                for name, value in self._before.items()
            }
        )
        return self

    def save(self, folder: Path) -> None:
        """Write a folder of sentence-transformers with the tuned weights, in one move."""
        from safetensors.torch import save_file

        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".tuning-", dir=folder.parent) as workshop:
            made = Path(workshop) / "made"
            shutil.copytree(self._origin, made, ignore=shutil.ignore_patterns("*.safetensors", "README*", ".git*"))
            save_file(
                {name: value.contiguous() for name, value in self._bert.state_dict().items()},
                made / "model.safetensors",
                {"format": "pt"},
            )
            if folder.exists():
                folder.rename(Path(workshop) / "old")
            made.rename(folder)

    def _loss(self, batch: Sequence[int]) -> torch.Tensor:
        import torch
        from torch.nn import functional

        vectors = self._encode(batch)
        labels = torch.tensor([self._labels[row] for row in batch])
        scores = self._recipe.cosine_scale * vectors @ functional.normalize(self._directions, dim=1).T
        itself = torch.eye(len(batch), dtype=torch.bool)
        likeness = (vectors @ vectors.T / self._recipe.contrast_temperature).masked_fill(itself, -1e9)
        alike = (labels[:, None] == labels[None]) & ~itself
        log_share = likeness - torch.logsumexp(likeness, 1, keepdim=True)
        paired = alike.any(1)
        contrast = -(log_share * alike).sum(1)[paired] / alike.sum(1)[paired]
        loss: torch.Tensor = functional.cross_entropy(scores, labels)
        return loss + contrast.mean() if len(contrast) else loss

    def _encode(self, rows: Sequence[int]) -> torch.Tensor:
        import torch

        order = sorted(range(len(rows)), key=lambda place: len(self._ids[rows[place]]))
        size = math.ceil(len(order) / LENGTH_GROUPS)
        parts = [order[start : start + size] for start in range(0, len(order), size)]
        found = torch.cat([self._encode_alike([self._ids[rows[place]] for place in part]) for part in parts])
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return found[back]

    def _encode_alike(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        import torch

        longest = max(map(len, ids))
        tokens = torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
        vectors: torch.Tensor = self._model({"input_ids": tokens, "attention_mask": mask})["sentence_embedding"]
        return torch.nn.functional.normalize(vectors, dim=1)

    def _mean_directions(self, count: int) -> torch.Tensor:
        """Where each label's texts lie before any tuning."""
        import torch

        self._model.eval()
        with torch.no_grad():
            parts = [
                self._encode(range(start, min(start + 256, len(self._ids)))) for start in range(0, len(self._ids), 256)
            ]
        sums = torch.zeros(count, minilm.DIMENSIONS).index_add_(0, torch.tensor(self._labels), torch.cat(parts))
        return torch.nn.functional.normalize(sums, dim=1)

    def _batches(self) -> Iterator[list[int]]:
        """Numbers of rows: some texts of each of several labels, every text once an epoch."""
        recipe = self._recipe
        members: dict[int, list[int]] = defaultdict(list)
        for row, label in enumerate(self._labels):
            members[label].append(row)
        size = recipe.texts_a_label
        steps = epoch = 0
        # A small set is gone through more often.
        while epoch < recipe.epochs or steps < recipe.fewest_steps:
            epoch += 1
            hands: list[list[int]] = []
            for rows in members.values():
                mixed = self._random.sample(rows, len(rows))
                hands += [mixed[start : start + size] for start in range(0, len(mixed), size)]
            self._random.shuffle(hands)
            for start in range(0, len(hands), recipe.labels_at_once):
                if steps == recipe.most_steps:
                    return
                steps += 1
                yield [row for hand in hands[start : start + recipe.labels_at_once] for row in hand]


def named(examples: Sequence[Example]) -> list[Example]:
    """The examples, and each label's name as one more where names are words (`card_arrival`, not `17`)."""
    texts = {example.text for example in examples}
    names = {label: spoken(label) for label in sorted({str(example.label) for example in examples})}
    if not all(names.values()) or len(set(names.values())) < len(names):
        return list(examples)
    return [*examples, *(Example(name, label) for label, name in names.items() if name not in texts)]


def pace(step: int, steps: int, warm_up: float) -> float:
    """Share of the full learning rate: up in a line, down in a cosine."""
    rising = max(1.0, warm_up * steps)
    if step < rising:
        return (step + 1) / (rising + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1.0, steps - rising)))
