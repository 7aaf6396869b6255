"""Stand-ins for providers, for development and tests; no money is ever moved."""
