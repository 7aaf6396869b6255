"""A stand-in of the Meilisearch server, for where the real one is not there.

It is FROZEN: it does what the product calls, all of which is listed here, and changes only with
that. Whatever else is asked for is refused, never ignored.

Run `python -m deploy.embedded.meilisearch --data DIR --port N` with the key in `MEILI_MASTER_KEY`.
Requests give the key as a bearer token (401 without, 403 with another); only `/health` is open.
Programs of this machine are answered, web pages are not.

    GET    /health
    POST   /indexes                      uid and primaryKey
    GET    /indexes/UID                  404 index_not_found says that there is none
    DELETE /indexes/UID
    PATCH  /indexes/UID/settings         searchableAttributes (8 at most, what counts most first),
                                         filterableAttributes, sortableAttributes: all three
    POST   /indexes/UID/documents        an array of flat objects; each takes the place of the one
                                         with the same text under the primary key
    POST   /indexes/UID/documents/fetch  filter (one condition), offset, limit; the order stays
    POST   /indexes/UID/search           q, filter (conditions, all of which hold), facets, sort
                                         (one), offset, limit; 1,000 hits can be reached
    POST   /swap-indexes                 one pair
    GET    /tasks/N                      enqueued, processing, succeeded, or failed: then `error`

Conditions are `name = "text"`, `name = true`, `name IN ["text", "text"]`, `name >= 1` and
`name <= 1`; texts are equal whatever their case and accents. Facets count texts and booleans, 100
values of each.

Texts match by words, whatever case and accents: the last one as a prefix, with one typo from five
letters and two from nine; ten words count, and later ones may be missing. The best come first: by
words found, typos, neighbours, attribute, then the sort, then whole words.

What changes an index is a task: on disk before it is answered, carried out in order, and gone on
with after a restart. The last 10,000 are remembered. Documents and tasks are in two sqlite files;
the text index (tantivy) and the facets are in memory, built anew at the start. A body has 64 MiB
at most. A wrong request is answered 400 in the real server's shape (message, code, type, link); a
fault of the server is 500, or a failed task, of type `internal`.
"""
