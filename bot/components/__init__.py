"""The Rasa graph components of the assistant: thin wrappers that unpack a message, call a rule and pack the result."""
