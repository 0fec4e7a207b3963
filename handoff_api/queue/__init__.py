"""Conversations waiting for a person: waiting time, and agents who vanish."""
