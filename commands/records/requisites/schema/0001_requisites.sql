-- What sellers say of who they are. Numbers of sole traders and self-employed are a person's.
CREATE SCHEMA requisites;
CREATE TABLE requisites.details (
    details_id   text PRIMARY KEY,
    seller_id    text        NOT NULL,
    kind         text        NOT NULL,
    name         text        NOT NULL,
    inn          text        NOT NULL,
    ogrn         text        NOT NULL,
    kpp          text        NOT NULL,
    bik          text        NOT NULL,
    bank_account text        NOT NULL,
    made_at      timestamptz NOT NULL
);
CREATE INDEX details_seller_idx ON requisites.details (seller_id);
