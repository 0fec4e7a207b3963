"""What the switchboard itself says to customers. What the bot says stands in domain.yml."""

from __future__ import annotations

HANDED_OFF = (
    "I'm passing you to one of my colleagues now. They can see everything we wrote, so you won't have to repeat it."
)
NOBODY_ONLINE = (
    "Nobody is at the desk right now. {hours} Your place in line is kept. "
    "If you leave your e-mail address here, we can also reply by e-mail."
)
ADDRESS_KEPT = "Thank you. We answer here, and if you are not here then, we write to {address}."
BOT_SLOW = "Sorry, this is taking longer than usual. Your message is safe, and you will get an answer here."
BOT_AWAY = (
    "I still can't look this up, so I'm passing you to one of my colleagues. "
    "They can see everything we wrote, so you won't have to repeat it."
)
TALK_TO_PERSON = {"title": "Talk to a person", "payload": "human"}
HELLO = "Hello"  # what a contact says who opens a messaging app's conversation without words
NEXT_IN_LINE = "You are next in line."
PLACE_IN_LINE = "You are number {place} in line."
ASK_RATING = "How did we do? 1 is poor, 5 is very good."
THANKS_FOR_RATING = "Thank you for your rating. If there is anything else, just write here."
RATED = "Thank you!"
CHOICE_GONE = "This choice is no longer there. Please write to us instead."
PRIVATE_ONLY = "I answer in private only. Please open my profile and write to me there."
HUMAN_COMMAND = "Talk to a person"
UNSUPPORTED = "[{kind}] (this kind of message cannot be shown here yet)"

NOTE_ASKED_BY_BUTTON = "Asked for a person with the button."
NOTE_BOT_AWAY = "The assistant did not answer for {seconds} s; the customer is still waiting for a first answer."
NOTE_BOT_FAILED = "The assistant could not work on this message; the customer is still waiting for an answer."
