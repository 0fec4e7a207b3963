"""`baton up`: starts every process, waits until each can serve, restarts what dies, stops all together."""
