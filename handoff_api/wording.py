"""What the switchboard itself says to customers. What the bot says stands in domain.yml."""

from __future__ import annotations

HANDED_OFF = (
    "I'm passing you to one of my colleagues now. They can see everything we wrote, so you won't have to repeat it."
)
NOBODY_ONLINE = (
    "Nobody is at the desk right now. {hours} Your place in line is kept. "
    "If you leave your e-mail address here, we can also reply by e-mail."
)
BOT_SLOW = "Sorry, this is taking longer than usual. Your message is safe, and you will get an answer here."
BOT_AWAY = (
    "I still can't look this up, so I'm passing you to one of my colleagues. "
    "They can see everything we wrote, so you won't have to repeat it."
)
TALK_TO_PERSON = {"title": "Talk to a person", "payload": "human"}
UNSUPPORTED = "[{kind}] (this kind of message cannot be shown here yet)"

NOTE_ASKED_BY_BUTTON = "Asked for a person with the button."
NOTE_BOT_AWAY = "The assistant did not answer for {seconds} s; the customer is still waiting for a first answer."
NOTE_BOT_FAILED = "The assistant could not work on this message; the customer is still waiting for an answer."
