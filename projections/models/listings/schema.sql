CREATE TABLE listings (
    listing_id  text PRIMARY KEY,
    seller_id   text   NOT NULL,
    title       text   NOT NULL,
    category    text   NOT NULL,
    price_minor bigint NOT NULL,
    currency    text   NOT NULL,
    status      text   NOT NULL,
    available   bigint NOT NULL DEFAULT 0,
    reserved    bigint NOT NULL DEFAULT 0,
    version     bigint NOT NULL
);
CREATE INDEX listings_by_seller_idx ON listings (seller_id, listing_id);
