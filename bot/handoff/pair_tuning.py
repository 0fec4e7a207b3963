"""Teaching the pair reader: labelled dialogues to thin matrices beside the shipped encoder's (LoRA; Hu et al., 2021).

It is done once for everything, and once without each fold of authors, so that every message is also judged by a reader
that has learned from nothing of its author's. Messages that come later are judged by the reader as it was before, and
then learned by it as well. Torch is imported when it is used: it is not part of an ordinary installation.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.handoff.dialogues import Dialogue
from bot.handoff.examples import Judged
from bot.handoff.folds import FOLDS, folds_of
from bot.handoff.pair_lessons import Lesson, lessons_from_examples, lessons_of
from bot.handoff.pair_reader import TOKENS_BEFORE, Learned, SecondReader, key_of
from bot.handoff.reasons import WEIGHED
from kb_index import minilm
from kb_index.adapter import Adapter, Matrix
from kb_index.bert import MAX_TOKENS, pair_ids
from kb_index.index import Progress
from kb_index.tuning.training import pace, require_group

if TYPE_CHECKING:
    import torch

SEED = 23
# Steps of the learning rate, whatever the number of batches.
PACES = 1000


@dataclass(frozen=True)
class Recipe:
    """How the tuning is done; chosen on authors left out."""

    rank: int = 16
    epochs: int = 3
    batch: int = 32
    learning_rate: float = 1e-3
    output_learning_rate: float = 1e-2
    warm_up: float = 0.1
    dropout: float = 0.1
    yes: float = 2.0  # a handoff counts as so many messages that need none
    talkative: float = 0.3  # the share of messages before which a bot said something else as well
    easy: float = 0.05  # a loss from which on down a lesson is known
    repeated: float = 0.25  # the share of known lessons that are gone through again


# How a reader learns further: gently, and with some of what it knows, or it would forget that.
FURTHER = Recipe(epochs=2, learning_rate=3e-4, output_learning_rate=3e-3, repeated=0.15)


def tune(
    dialogues: Sequence[Dialogue],
    examples: Sequence[Judged],
    recipe: Recipe | None = None,
    progress: Progress | None = None,
    already: Learned | None = None,
) -> Learned:
    """The reader that learned from everything, and what was said of each message by one that had not learned from it.

    Nor from anything else of its author's, nor from the same words of somebody else. The same input gives the same
    numbers on one kind of processor. With `already`, an earlier outcome, only its reader is taught, and only further:
    what was said of the messages that it had is kept, and the others are judged by it as it was.
    """
    require_group("tuning the pair reader")
    files = minilm.files()
    minilm.verified(files.weights, files.weights_sha256, files.remedy)
    authored = lessons_from_examples(examples)
    by_fold = _by_fold(dialogues)
    lived = [lesson for part in by_fold for lesson in part]
    courses = [[*lived, *authored]]
    for part in by_fold if already is None else ():
        pairs, texts = ({key(lesson) for lesson in part} for key in (_pair, _text))
        others = [lesson for other in by_fold if other is not part for lesson in other if _pair(lesson) not in pairs]
        courses.append([*others, *(lesson for lesson in authored if _text(lesson) not in texts)])
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("spawn")) as processes:
        taught = []
        recipe = recipe or (Recipe() if already is None else FURTHER)
        for found in processes.map(teach, courses, repeat(recipe), repeat(already)):
            taught.append(found)
            if progress is not None:
                progress("tuning", len(taught), len(courses))
    final, *strange = taught
    with TemporaryDirectory() as cache:
        if already is not None:
            judges: list[tuple[SecondReader, list[Lesson]]] = [(already.stranger(Path(cache)), lived)]
        else:
            judges = [(other.reader(Path(cache)), part) for other, part in zip(strange, by_fold, strict=True)]
        strangers = {
            key_of(one.before, one.text): judge.read(one.before, one.text) for judge, part in judges for one in part
        }
    return replace(final, strangers=strangers)


def _by_fold(dialogues: Sequence[Dialogue]) -> list[list[Lesson]]:
    folds = folds_of(dialogues)
    found: list[list[Lesson]] = [[] for _ in range(FOLDS)]
    for dialogue in dialogues:
        found[folds[dialogue.id]] += lessons_of(dialogue)
    return found


def teach(lessons: Sequence[Lesson], recipe: Recipe, already: Learned | None = None) -> Learned:
    """One tuning, on one thread, from the beginning or on; without strangers, and rounded as its file rounds."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    if already is None:
        return Course(lessons, recipe).run()
    course = Course(lessons, replace(recipe, rank=already.adapter.rank))
    course.go_on_from(already)
    return course.run()


def _pair(lesson: Lesson) -> tuple[str, str]:
    return lesson.before.lower(), lesson.text.lower()


def _text(lesson: Lesson) -> str:
    return lesson.text.lower()


def _half(tensor: torch.Tensor) -> Matrix:
    rounded: Matrix = tensor.detach().numpy().astype(np.float16).astype(np.float32)
    return rounded


class Course:
    """One encoder with thin matrices beside its own, its optimizer and its batches."""

    def __init__(self, lessons: Sequence[Lesson], recipe: Recipe) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from tokenizers import Tokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        folder = minilm.files().weights.parent
        self._recipe = recipe
        self._bert = SentenceTransformer(str(folder), device="cpu", local_files_only=True)[0].auto_model
        self._bert.requires_grad_(False)
        self._thin = _add_thin_matrices(self._bert, recipe.rank)
        self._outputs = torch.nn.Linear(minilm.DIMENSIONS, len(WEIGHED))
        torch.nn.init.normal_(self._outputs.weight, std=0.02)
        torch.nn.init.constant_(self._outputs.bias, -2.0)  # most messages are passed on for none of the reasons
        self._lessons = lessons
        self._said = [lesson.before for lesson in lessons if lesson.before]
        self._answers = torch.tensor([lesson.answers for lesson in lessons], dtype=torch.float)
        self._counted = torch.tensor([lesson.counted for lesson in lessons], dtype=torch.float)
        self.loss = torch.full((len(lessons),), math.inf)  # when each was last gone through
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def go_on_from(self, already: Learned) -> None:
        """Begin as one who knows whatever strangers have judged; which sentences were taught is not recorded."""
        import torch

        with torch.no_grad():
            for name, pair in self._thin.items():
                for part, known in zip(pair, (already.adapter.up, already.adapter.down), strict=True):
                    part.copy_(torch.from_numpy(known[f"{name}.weight"]))
            self._outputs.weight.copy_(torch.from_numpy(already.outputs))
            self._outputs.bias.copy_(torch.from_numpy(already.bias))
        for row, one in enumerate(self._lessons):
            if one.lived and key_of(one.before, one.text) in already.strangers:
                self.loss[row] = 0.0

    def run(self) -> Learned:
        """Go through all lessons, and then some times through those that are not known yet."""
        import torch

        recipe = self._recipe
        thin = [part for pair in self._thin.values() for part in pair]
        groups = [{"params": thin}, {"params": self._outputs.parameters()}]
        optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
        self._bert.train()
        for done, rows, ids in self.batches():
            share = pace(int(done * PACES), PACES, recipe.warm_up)
            for group, rate in zip(
                optimizer.param_groups, (recipe.learning_rate, recipe.output_learning_rate), strict=True
            ):
                group["lr"] = share * rate
            wrong = torch.nn.functional.binary_cross_entropy_with_logits(
                self._logits(ids), self._answers[rows], reduction="none"
            )
            loss = (wrong * self._counted[rows] * (1 + (recipe.yes - 1) * self._answers[rows])).sum(1)
            optimizer.zero_grad()
            loss.mean().backward()
            torch.nn.utils.clip_grad_norm_(thin, 1.0)
            optimizer.step()
            self.loss[rows] = loss.detach()
        up, down = ({f"{name}.weight": _half(pair[side]) for name, pair in self._thin.items()} for side in (0, 1))
        return Learned(Adapter(up, down), _half(self._outputs.weight), _half(self._outputs.bias), {})

    def _logits(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        import torch

        longest = max(map(len, ids))
        tokens = torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
        # Half precision takes half the time where the processor has it.
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_has_half()):
            states = self._bert(input_ids=tokens, attention_mask=mask).last_hidden_state
        mean = (states.float() * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        logits: torch.Tensor = self._outputs(torch.nn.functional.dropout(mean, self._recipe.dropout))
        return logits

    def batches(self) -> Iterator[tuple[float, list[int], list[list[int]]]]:
        """How much is done (0 to 1), numbers of lessons and their tokens: those of like length together, in any order.

        Each epoch has all lessons that are not known, and some of the others: what is known teaches little, and would
        take half of the time (Jiang et al., 2019).
        """
        recipe, drawn, size = self._recipe, random.Random(SEED), self._recipe.batch
        for epoch in range(recipe.epochs):
            known = (self.loss <= recipe.easy).tolist()
            due = [row for row, easy in enumerate(known) if not easy or drawn.random() < recipe.repeated]
            ids = {row: self._read(self._lessons[row], drawn) for row in due}
            drawn.shuffle(due)
            batches = []
            for start in range(0, len(due), 20 * size):
                part = sorted(due[start : start + 20 * size], key=lambda row: len(ids[row]))
                batches += [part[first : first + size] for first in range(0, len(part), size)]
            drawn.shuffle(batches)
            for number, rows in enumerate(batches):
                yield (epoch + number / len(batches)) / recipe.epochs, rows, [ids[row] for row in rows]

    def _read(self, lesson: Lesson, drawn: random.Random) -> list[int]:
        """Tokens, for some lessons after more of a bot's words: whatever was said earlier, a message means the same."""
        before = lesson.before
        if lesson.lived and self._said and drawn.random() < self._recipe.talkative:
            before = " ".join([*drawn.choices(self._said, k=2), before])
        return pair_ids(self._tokenizer, before, lesson.text, TOKENS_BEFORE)


def _add_thin_matrices(bert: Any, rank: int) -> dict[str, tuple[Any, Any]]:
    """Beside every matrix of every layer: (out, rank) and (rank, in), by the module's name. They begin as nothing."""
    import torch
    from torch.nn.utils import parametrize

    class Thin(torch.nn.Module):
        def __init__(self, out: int, into: int) -> None:
            super().__init__()
            self.up = torch.nn.Parameter(torch.zeros(out, rank))
            self.down = torch.nn.Parameter(2 * torch.randn(rank, into) / math.sqrt(into))

        def forward(self, weight: torch.Tensor) -> torch.Tensor:
            return weight + self.up @ self.down

    layers = {
        name: module
        for name, module in bert.named_modules()
        if name.startswith("encoder.") and isinstance(module, torch.nn.Linear)
    }
    found = {}
    for name, layer in layers.items():
        thin = Thin(*layer.weight.shape)
        parametrize.register_parametrization(layer, "weight", thin)
        found[name] = (thin.up, thin.down)
    return found


def _has_half() -> bool:
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported())
