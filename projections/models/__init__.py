"""One folder a read model: its schema, its projector, its queries."""
