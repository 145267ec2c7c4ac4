-- +goose Up

-- Who owns the database: one row. Every transaction that writes checks that the epoch is still the one that its process has joined.
CREATE TABLE spinoff_lease (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    epoch      INTEGER NOT NULL, -- from 1, and only ever up
    holder     TEXT    NOT NULL, -- who was given it by a move; '' is whoever opens it
    moved_to   TEXT    NOT NULL, -- the address, without a secret, of the database that has taken its place; '' for none
    changed_at INTEGER NOT NULL
);
INSERT INTO spinoff_lease (one, epoch, holder, moved_to, changed_at) VALUES (1, 1, '', '', 0);
