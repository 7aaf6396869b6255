"""One folder a stream: what can be asked of it, what it remembers, what it decides."""
