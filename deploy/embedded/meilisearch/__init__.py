"""A small search server speaking the part of Meilisearch's REST API that listing search uses.

Documents and tasks are kept in two sqlite files below the data folder; the text index (tantivy)
and the facet postings live in memory and are rebuilt from the documents on start. Settings that
would change results but have no implementation here (synonyms, distinct attribute, embedders,
token dictionaries) are refused with a 400 rather than stored and ignored.
"""
