"""Passwords that are in foreign hands: asked when one is set, by its SHA-1 alone."""
