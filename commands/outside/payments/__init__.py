"""The port to payment providers: one adapter a file."""
