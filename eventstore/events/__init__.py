"""The events of the log, one module a stream category."""
