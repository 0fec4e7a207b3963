"""What an encoder is tuned on and judged by: labelled texts, each in one part only."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from kb_index.entries import FaqEntry
from kb_index.errors import DataError
from kb_index.faq_files import load_faq
from kb_index.questions import Example, Question, load_examples, load_questions
from kb_index.tuning.comparison import Judge
from kb_index.tuning.judges import FaqJudge, IntentJudge, Round

SEED = 11
# Fewer held-out questions than this cannot tell a better encoder from a lucky one.
FEWEST_HELD_OUT = 30

ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
# The intent of all questions that an FAQ answers is no single meaning: its texts must not be drawn together.
MIXED = "faq"

Item = TypeVar("Item")
Asked = TypeVar("Asked", Question, Example)


@dataclass(frozen=True)
class Material:
    """`examples` to tune on (all labelled), `everything` that may be used once the judging is done, and the judges."""

    examples: Sequence[Example]
    everything: Sequence[Example]
    judges: Sequence[Judge]


def of_table(file: Path, test: Path | None, share: float) -> Material:
    """A CSV file of text,label; what is judged on comes from `test`, or is a share of each label."""
    examples = load_examples(file)
    if test is not None:
        return _of_intents(examples, load_examples(test))
    kept, held = split(examples, share, lambda example: example.label)
    return _of_intents(kept, held)


def _of_intents(kept: Sequence[Example], held: Sequence[Example]) -> Material:
    held = unseen(held, kept)
    _require_enough(held)
    return Material(labelled(kept), labelled([*kept, *held]), [IntentJudge(kept, held)])


def of_project(faq: Path, questions: Path | None, nlu: Path | None, test: Path | None, share: float) -> Material:
    """The entries' own wordings and the intents' examples, judged by labelled questions and by other examples.

    The questions are those that the project's index is calibrated on. They are never tuned on: an index must not be
    calibrated on what its encoder has seen, or it would believe too much. Without `test` they judge, a share at a time,
    while the others calibrate.
    """
    entries = load_faq(faq)
    known = {entry.id for entry in entries}
    fitted = load_questions(questions, known) if questions else []
    tasks = load_nlu(nlu) if nlu else []
    kept_tasks, held_tasks = split(tasks, share, lambda example: example.label)
    wordings = as_wordings(entries)
    asked = unseen(load_questions(test, known) if test else fitted, [*wordings, *tasks])
    held_tasks = unseen(held_tasks, [*wordings, *kept_tasks])
    judges: list[Judge] = []
    if asked:
        _require_enough(asked)
        judges.append(FaqJudge(entries, [Round(fitted, asked)] if test else rounds(asked, round(1 / share))))
    if len({example.label for example in tasks}) > 1:
        _require_enough(held_tasks)
        judges.append(IntentJudge(kept_tasks, held_tasks, "intents"))
    if not judges:
        raise DataError(f"nothing to judge an encoder by: there are no labelled questions for {faq}")
    return Material(labelled([*wordings, *kept_tasks]), labelled([*wordings, *tasks]), judges)


def of_questions(faq: Path, questions: Path, test: Path | None, share: float) -> Material:
    """The entries' own wordings and labelled questions for them; a share is set aside for the judging index.

    What is judged on comes from `test`, or is another share.
    """
    entries = load_faq(faq)
    known = {entry.id for entry in entries}
    asked = load_questions(questions, known)
    if test is None:
        asked, held = split(asked, share, is_out_of_scope)
        later = held
    else:
        held, later = load_questions(test, known), []
    asked, fitted = split(asked, share, is_out_of_scope)
    kept = [*as_wordings(entries), *as_examples(asked)]
    held = unseen(held, kept)
    _require_enough(held)
    return Material(labelled(kept), labelled([*kept, *as_examples(later)]), [FaqJudge(entries, [Round(fitted, held)])])


def is_out_of_scope(question: Question) -> bool:
    """Whether no entry answers it."""
    return question.expected is None


def split(items: Sequence[Item], share: float, group: Callable[[Item], Hashable]) -> tuple[list[Item], list[Item]]:
    """Hold out a share of every group, drawn by a fixed seed; a group keeps at least one item. Returns kept, held."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        places[group(item)].append(place)
    drawn = random.Random(SEED)
    held: set[int] = set()
    for members in places.values():
        held.update(drawn.sample(members, min(round(share * len(members)), len(members) - 1)))
    return [item for place, item in enumerate(items) if place not in held], [items[place] for place in sorted(held)]


def unseen(held: Sequence[Asked], kept: Sequence[Example]) -> list[Asked]:
    """Those whose text is not tuned on: short ones are easily written twice."""
    texts = {example.text.strip().lower() for example in kept}
    return [item for item in held if item.text.strip().lower() not in texts]


def as_wordings(entries: Sequence[FaqEntry]) -> list[Example]:
    """Every wording of every entry, labelled with its id."""
    return [Example(text, entry.id) for entry in entries for text in entry.phrasings]


def rounds(questions: Sequence[Question], count: int) -> list[Round]:
    """Every question is asked once, and calibrates in all other rounds; out of scope is spread over them."""
    mixed = random.Random(SEED).sample(questions, len(questions))
    mixed.sort(key=is_out_of_scope)
    parts = [mixed[start::count] for start in range(count)]
    return [
        Round([question for other in parts if other is not part for question in other], part) for part in parts if part
    ]


def as_examples(questions: Sequence[Question]) -> Iterator[Example]:
    """Questions for an FAQ as labelled texts."""
    return (Example(question.text, question.expected) for question in questions)


def labelled(examples: Sequence[Example]) -> list[Example]:
    """Those with a meaning in common, each text once."""
    usable = [example for example in examples if example.label not in (None, MIXED) and example.text.strip()]
    return list({example.text: example for example in usable}.values())


def load_nlu(folder: Path) -> list[Example]:
    """The examples of a folder of Rasa NLU files, without the marks of entities."""
    found: list[Example] = []
    for file in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        try:
            blocks = (YAML(typ="safe", pure=True).load(file) or {}).get("nlu") or []
            for block in blocks:
                if "intent" in block:
                    lines = (line.strip().removeprefix("- ") for line in str(block["examples"]).splitlines())
                    found += [Example(without_marks(line), str(block["intent"])) for line in lines if line]
        except (OSError, YAMLError, UnicodeDecodeError, KeyError, AttributeError, TypeError) as error:
            raise DataError(f"{file}: cannot be read as NLU examples ({error!r})") from error
    return found


def without_marks(line: str) -> str:
    """`[red](colour)` and `[red]{"entity": "colour"}` as their words."""
    return ENTITY.sub(r"\1", line)


def _require_enough(held: Sequence[object]) -> None:
    if len(held) < FEWEST_HELD_OUT:
        raise DataError(
            f"only {len(held)} questions are held out, at least {FEWEST_HELD_OUT} are needed to tell whether a tuned "
            "encoder is better: give more questions, or a larger --hold-out"
        )
