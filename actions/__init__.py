"""The action server: what the assistant can do for a customer, one skill per file."""
