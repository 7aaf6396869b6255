"""The name of the search index: known without what asks the search server."""

INDEX = "listings"
