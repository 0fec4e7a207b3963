"""Waking the sockets of this process when a conversation moves on."""
