-- +goose Up

CREATE TABLE staff (
    id         INTEGER PRIMARY KEY,
    email      TEXT    NOT NULL UNIQUE,     -- lower case
    name       TEXT    NOT NULL,
    password   TEXT    NOT NULL DEFAULT '', -- argon2id in PHC form; '' until the colleague has chosen one
    created_at INTEGER NOT NULL             -- milliseconds since 1970, like every time here
);

-- A secret is kept as its SHA-256 only: who reads this file can sign in with none of them.
CREATE TABLE session (
    hash       TEXT    PRIMARY KEY,
    staff      INTEGER NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL, -- to the minute; it ends 14 days later
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_staff ON session (staff);

-- A link by which somebody chooses a password, once.
CREATE TABLE invitation (
    hash       TEXT    PRIMARY KEY,
    staff      INTEGER REFERENCES staff (id) ON DELETE CASCADE, -- NULL: it makes the first account
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The last answers of other apps, for when they are away.
CREATE TABLE cache (
    key        TEXT    PRIMARY KEY,
    body       TEXT    NOT NULL, -- JSON
    fetched_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Forms that were sent, so that sending one twice has one effect.
CREATE TABLE receipt (
    key     TEXT    PRIMARY KEY, -- hash of the form and what it said
    path    TEXT    NOT NULL,    -- page it led to
    sent_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX receipt_sent ON receipt (sent_at);
