"""The nouns and rules of a conversation: events, owners, moves, the agent's brief. Pure."""
