"""What agents use: login, the HTTP calls and the socket of the console."""
