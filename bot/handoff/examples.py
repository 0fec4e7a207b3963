"""The content team's example sentences, and what each of them means for each head."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.handoff.detector import DATA
from bot.handoff.errors import HandoffDataError
from bot.handoff.files import read_mapping, text_list
from bot.handoff.message_signals import HEADS

LISTS = ("yes", "mild", "no")
FRUSTRATION = DATA.parent / "frustration"


@dataclass(frozen=True)
class ExampleFile:
    """One file: what a head should say yes, half yes (mild) and no to, and which other lists tell it nothing."""

    path: Path
    head: str
    texts: Mapping[str, tuple[str, ...]]
    unsure: frozenset[str]

    @classmethod
    def load(cls, path: Path) -> "ExampleFile":
        """Read a file of `head`, `yes`, `mild`, `no` and `unsure`."""
        data = read_mapping(path)
        head = data.get("head")
        if not isinstance(head, str):
            raise HandoffDataError(f"{path}: expected 'head: <name>'")
        unknown = sorted(set(data) - {"head", "unsure", *LISTS})
        if unknown:
            raise HandoffDataError(f"{path}: unknown list {unknown[0]!r}; expected {', '.join(LISTS)} or unsure")
        texts = {name: text_list(data, name, path) for name in LISTS}
        if not any(texts.values()):
            raise HandoffDataError(f"{path}: no examples")
        return cls(path, head, texts, frozenset(text_list(data, "unsure", path)))

    def without(self, texts: Collection[str]) -> "ExampleFile":
        """The file with some texts left out."""
        kept = {name: tuple(text for text in listed if text not in texts) for name, listed in self.texts.items()}
        return replace(self, texts=kept)

    def source(self, name: str) -> str:
        """How `unsure` refers to one of the lists: by head for yes and mild, by file name for no."""
        return f"{self.path.stem if name == 'no' else self.head}.{name}"


@dataclass(frozen=True)
class Judged:
    """A text with what a head should make of it."""

    text: str
    yes: bool
    weight: float
    own: bool  # written for this head, not borrowed from another


def load_examples(folder: Path = DATA / "examples", frustration: Path = FRUSTRATION) -> list[ExampleFile]:
    """Every example file, by name."""
    paths = [*sorted(frustration.glob("*.yml")), *sorted(folder.glob("*.yml"))]
    if not paths:
        raise HandoffDataError(f"{folder}: no example files (*.yml) here")
    files = [ExampleFile.load(path) for path in paths]
    known = {file.source(name) for file in files for name in LISTS}
    for file in files:
        for source in sorted(file.unsure - known):
            raise HandoffDataError(f"{file.path}: unsure names {source!r}, which is no list")
    return files


def judged(files: list[ExampleFile], head: str) -> list[Judged]:
    """All texts a head learns from; its own lists win over those of others. A mild one is half a yes and half a no."""
    own = [file for file in files if file.head == head]
    unsure = frozenset[str]().union(*(file.unsure for file in own))
    found: dict[str, list[Judged]] = {}
    for file in own:
        for name, yes, weight in (("yes", True, 1.0), ("mild", True, 0.5), ("no", False, 1.0)):
            for text in file.texts[name]:
                found.setdefault(text.lower(), [Judged(text, yes, weight, own=True)])
        for text in file.texts["mild"]:
            if len(found[text.lower()]) == 1 and found[text.lower()][0].weight < 1.0:
                found[text.lower()].append(Judged(text, False, 0.5, own=True))
    for file in files:
        for name in LISTS:
            if file.head == head or file.source(name) in unsure:
                continue
            for text in file.texts[name]:
                found.setdefault(text.lower(), [Judged(text, False, 1.0, own=False)])
    return [item for items in found.values() for item in items]


def heads_of(files: list[ExampleFile]) -> tuple[str, ...]:
    """Every head that has examples, by name."""
    return tuple(sorted({file.head for file in files}))


def check_heads(files: list[ExampleFile]) -> None:
    """Raises HandoffDataError for a file whose head no signal asks: it would be learned for nothing."""
    for file in files:
        if file.head not in HEADS:
            raise HandoffDataError(
                f"{file.path}: no signal asks the head {file.head!r}; expected one of {', '.join(HEADS)}. "
                "A new one needs a change of the program: docs/developers.md"
            )


def fingerprint(files: list[ExampleFile]) -> str:
    """Changes when any example does."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(repr((file.head, sorted(file.texts.items()), sorted(file.unsure))).encode())
    return digest.hexdigest()[:16]
