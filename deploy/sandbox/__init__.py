"""A stand-in payment service provider for development and tests; it never moves money."""
