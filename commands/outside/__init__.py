"""Work outside: what is owed to a port, what comes in, and one folder a port."""
