"""How fast it is: one function for each part, medians on one thread."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median

from bench.answers_parts.measures import Result, Row
from bench.answers_parts.vectors import KeptVectors
from bench.lib.figures import milliseconds, spread
from kb_index.encoder import Encoder
from kb_index.entries import FaqEntry, load_entries
from kb_index.index import Index
from kb_index.questions import Question, load_questions

ROOT = Path(__file__).parents[2]
TRAIN_PYTHON = ROOT / ".venv-train" / "bin" / "python"
WORDINGS, EACH = 100_000, 10
SWAPS, PATIENCE_S = 5, 60


def encode(encoder: Encoder) -> Result:
    """The shop's FAQ questions one by one, and sentence-transformers on the same ones where its environment is."""
    texts = [entry.question for entry in _entries()]
    words = median(len(text.split()) for text in texts)
    ours = milliseconds(lambda text: encoder.encode([text]), texts)
    theirs = _sentence_transformers(texts)
    row = Row(
        f"encoding one question of {words:.0f} words",
        _typical(ours),
        f"sentence-transformers {_typical(theirs)}" if theirs else "-",
        "-",
        "2 ms",
        median(ours) <= 2,
    )
    return Result([row], {"ms": spread(ours)} | ({"sentence_transformers_ms": spread(theirs)} if theirs else {}))


def search(encoder: Encoder) -> Result:
    """The shop's index, asked the questions it was calibrated on."""
    index = Index.build(_entries(), encoder, questions=_questions())
    return _search(f"search among the shop's {len(index.texts)} texts, without encoding", index, 1, {})


def search_large(encoder: Encoder) -> Result:
    """The same questions put to an index of very many wordings."""
    entries = many_entries(_entries(), WORDINGS, EACH)
    began = time.perf_counter()
    # Many entries have one answer: it is encoded once.
    index = Index.build(entries, KeptVectors(encoder, Path()))
    details = {"build_seconds": time.perf_counter() - began}
    return _search(f"search among {WORDINGS:,} wordings, without encoding", index, 10, details)


def swap(encoder: Encoder) -> Result:
    """From the moment an edited index is saved until the assistant's own holder of the index finds what is new."""
    from bot.faq_index import LiveIndex

    entries, questions = _entries(), _questions()
    index = Index.build(entries, encoder, questions=questions)
    seconds, builds = [], []
    with tempfile.TemporaryDirectory() as folder:
        trained, live = Path(folder) / "trained", Path(folder) / "live"
        index.save(trained)
        holder = LiveIndex.load(trained, encoder, live)
        for number in range(SWAPS):
            wording = f"what does the little lamp on part {number} tell me"
            [vector] = encoder.encode([wording])
            edited = entries[number]
            entries[number] = replace(edited, wordings=(*edited.wordings, wording))
            began = time.perf_counter()
            index = Index.build(entries, encoder, questions=questions, previous=index)
            built = time.perf_counter()
            index.save(live)
            # An author's own wording is sure, another one never is.
            while holder.search(wording, vector).best_probability < 1 and time.perf_counter() < built + PATIENCE_S:
                time.sleep(0.01)
            seconds.append(time.perf_counter() - built)
            builds.append(built - began)
    row = Row(
        "an edited index, from being saved to its first answer in the assistant",
        f"{max(seconds):.2f} s",
        "-",
        "-",
        "2 s",
        max(seconds) <= 2,
        f"the longest of {SWAPS}; building it took {median(builds):.1f} s before that",
    )
    return Result([row], {"seconds": spread(seconds), "build_seconds": spread(builds)})


def decide(_: Encoder) -> Result:
    """The assistant's understanding, slots, signals and policies, as bench/turn measures them."""
    from bench.lib.decision_time import decision_ms
    from bench.lib.stack import BENCH_DIR, ensure_model

    ensure_model()
    BENCH_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BENCH_DIR) as folder:
        if (derived := ROOT / ".baton" / "encoder").is_dir():
            shutil.copytree(derived, Path(folder) / "encoder")
        times = decision_ms(Path(folder))
    row = Row("from a message to the decision", _typical(times), "-", "-", "6 ms", median(times) <= 6)
    return Result([row], {"ms": spread(times)})


def train(_: Encoder) -> Result:
    """The whole assistant for the shop, from an empty process to the model on disk."""
    from bench.lib.stack import BENCH_DIR
    from bench.lib.start_bench import train_seconds

    BENCH_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    seconds = train_seconds()
    return Result([Row("training the shop's assistant anew", f"{seconds:.1f} s", "-", "-", "30 s", seconds <= 30)])


def many_entries(known: list[FaqEntry], wordings: int, each: int) -> list[FaqEntry]:
    """So many wordings in entries of `each`, of real words and lengths; no wording occurs twice.

    Every entry asks the first half of one known entry's wordings and the second of another's.
    """
    drawn = random.Random(7)
    pairs = [pair for pair in product(known, known) if pair[0] is not pair[1]]
    seen: set[str] = set()
    found: list[FaqEntry] = []
    for one, other in drawn.sample(pairs, len(pairs)):
        fresh = (text for text in _halves(one, other, drawn) if text.lower() not in seen)
        texts = list({text.lower(): text for text in fresh}.values())[: min(each, wordings - len(seen))]
        if not texts:
            break
        seen.update(text.lower() for text in texts)
        found.append(replace(one, id=f"e{len(found)}", question=texts[0], wordings=tuple(texts[1:]), follow_ups=()))
    return found


def _halves(one: FaqEntry, other: FaqEntry, drawn: random.Random) -> Iterator[str]:
    pairs = list(product(one.phrasings, other.phrasings))
    for first, second in drawn.sample(pairs, min(len(pairs), 40)):
        begin, end = first.split(), second.split()
        yield " ".join([*begin[: (len(begin) + 1) // 2], *end[len(end) // 2 :]])


def _search(title: str, index: Index, must: float, details: dict[str, float]) -> Result:
    texts = [question.text for question in _questions()]
    vectors = index.encoder.encode(texts)
    times = milliseconds(lambda asked: index.search(asked[0], vector=asked[1]), list(zip(texts, vectors, strict=True)))
    row = Row(title, _typical(times), "-", "-", f"{must} ms", median(times) <= must)
    return Result([row], {"ms": spread(times), **details})


def _sentence_transformers(texts: list[str]) -> list[float] | None:
    if not TRAIN_PYTHON.is_file():
        return None
    done = subprocess.run(
        [TRAIN_PYTHON, "-m", "bench.answers_parts.stock_encoder"],
        cwd=ROOT, input=json.dumps(texts), capture_output=True, text=True, check=True,
    )  # fmt: skip
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    return times


def _entries() -> list[FaqEntry]:
    return load_entries(ROOT / "data" / "faq")


def _questions() -> list[Question]:
    return load_questions(ROOT / "data" / "evaluation" / "faq_fit.jsonl", {entry.id for entry in _entries()})


def _typical(times: list[float]) -> str:
    found = spread(times)
    return f"{found['median']} ms (p95 {found['p95']})"


SPEED: Mapping[str, Callable[[Encoder], Result]] = {
    "encode": encode,
    "search": search,
    "search-large": search_large,
    "swap": swap,
    "decide": decide,
    "train": train,
}
