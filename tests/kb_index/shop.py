"""A small FAQ of our own, enough to search and to calibrate on."""

from __future__ import annotations

from pathlib import Path

from kb_index.entries import FaqEntry, Source

WRITTEN: dict[str, tuple[str, str, list[str]]] = {
    "boats.rent": (
        "How do I rent a rowing boat?",
        "Book a boat at the pier or online. An hour costs £12.",
        [
            "hire a rowing boat",
            "can I borrow a boat for the afternoon",
            "boat rental price",
            "what does an hour on the lake cost",
        ],
    ),
    "boats.dogs": (
        "May my dog come aboard?",
        "Dogs on a lead are welcome in rowing boats, not in kayaks.",
        [
            "are pets allowed in the boats",
            "taking a puppy on the lake",
            "dog on the boat",
            "do animals have to stay ashore",
        ],
    ),
    "boats.error": (
        "The booking page shows error E42.",
        "E42 means that the pier is closed. Try again after 9.",
        ["error E42", "E42 when I book", "what does E42 mean", "booking fails with E42"],
    ),
    "boats.error_card": (
        "The booking page shows error E17.",
        "E17 means that your bank refused the card. Use another one.",
        ["error E17", "E17 when I book", "what does E17 mean", "booking fails with E17"],
    ),
    "swim.lessons": (
        "Do you teach children to swim?",
        "Lessons for children from five start every Monday.",
        [
            "swimming course for kids",
            "my daughter wants to learn swimming",
            "swim school",
            "lessons for beginners in the water",
        ],
    ),
    "swim.water": (
        "How warm is the water?",
        "About 19 degrees in July.",
        ["lake temperature today", "is it too cold for a swim", "water temperature", "how many degrees has the lake"],
    ),
    "cafe.hours": (
        "When is the café open?",
        "Daily from 10 to 18.",
        [
            "opening hours of the cafe",
            "until when can I get a coffee",
            "do you serve breakfast on Sunday",
            "cafe closing time",
        ],
    ),
    "cafe.cake": (
        "Do you have cake without gluten?",
        "Yes, the almond cake.",
        ["gluten free options", "I have coeliac disease, what can I eat", "anything without wheat", "gluten-free cake"],
    ),
}


def entries(**changes: tuple[str, str, list[str]]) -> list[FaqEntry]:
    """The FAQ, with entries changed or added (`boats__rent` stands for boats.rent)."""
    written = WRITTEN | {name.replace("__", "."): entry for name, entry in changes.items()}
    return [
        FaqEntry(
            id=name,
            question=question,
            wordings=tuple(wordings),
            answer=answer,
            source=Source(Path("lake.yml"), 1),
            topic=name.split(".")[0],
        )
        for name, (question, answer, wordings) in written.items()
    ]
