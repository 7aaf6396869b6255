"""Search indexes in Meilisearch."""
