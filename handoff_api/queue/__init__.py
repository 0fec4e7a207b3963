"""Conversations waiting for a person: place, waiting time, and agents who vanish."""
