"""The switchboard: every channel ends here; it owns the conversation log and decides who is spoken to."""
