-- +goose Up

-- What has taken effect, so that it does not a second time: calls with an Idempotency-Key, and events.
CREATE TABLE spinoff_done (
    scope      TEXT    NOT NULL, -- who made the id, and what for
    id         TEXT    NOT NULL,
    hash       TEXT    NOT NULL, -- of what was asked
    answer     TEXT    NOT NULL,
    expires_at INTEGER NOT NULL, -- milliseconds since 1970, like every time here; 0 is never
    PRIMARY KEY (scope, id)
) WITHOUT ROWID;
CREATE INDEX spinoff_done_expires ON spinoff_done (expires_at) WHERE expires_at > 0;

-- Events that are true since the transaction that wrote them, on their way to the engine.
CREATE TABLE spinoff_outbox (
    n       INTEGER PRIMARY KEY,     -- in the order in which they were published; the newest row is never dropped, so that the next is above it
    id      TEXT    NOT NULL,
    kind    TEXT    NOT NULL,            -- tickets.v1.ticket.solved
    subject TEXT    NOT NULL,
    data    TEXT    NOT NULL,            -- JSON
    at      INTEGER NOT NULL,
    epoch   TEXT    NOT NULL DEFAULT '', -- of the engine that has acknowledged it
    sent_at INTEGER NOT NULL DEFAULT 0   -- when that was
);

-- Events that a consumer could not handle. They are tried again, and after a number of tries left to people.
CREATE TABLE spinoff_failed (
    consumer  TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    data      TEXT    NOT NULL,
    at        INTEGER NOT NULL, -- when it was published
    tries     INTEGER NOT NULL,
    error     TEXT    NOT NULL,
    stack     TEXT    NOT NULL, -- where it panicked; '' where it did not
    failed_at INTEGER NOT NULL,
    next_at   INTEGER NOT NULL, -- when it is tried again; 0 is never
    PRIMARY KEY (consumer, id)
) WITHOUT ROWID;
CREATE INDEX spinoff_failed_next ON spinoff_failed (next_at) WHERE next_at > 0;
