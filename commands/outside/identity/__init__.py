"""Providers of identities: who somebody is elsewhere, asked while they wait."""
