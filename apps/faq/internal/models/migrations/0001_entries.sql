-- +goose Up

-- An entry is a question with its answer. What it says is in its current revision.
CREATE TABLE entry (
    id           INTEGER PRIMARY KEY,
    slug         TEXT    NOT NULL UNIQUE,
    status       TEXT    NOT NULL CHECK (status IN ('draft', 'review', 'published', 'archived')),
    revision     INTEGER NOT NULL,           -- number of the current one
    version      INTEGER NOT NULL DEFAULT 0, -- changes with every edit and step; the ETag
    views        INTEGER NOT NULL DEFAULT 0,
    origin       TEXT UNIQUE,                -- where an import found it; NULL for entries that were made here
    created_at   INTEGER NOT NULL,           -- milliseconds since 1970, like every time here
    updated_at   INTEGER NOT NULL,
    published_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX entry_updated ON entry (status, updated_at, id);

-- A revision is never changed. Lists are one item a line.
CREATE TABLE revision (
    entry     INTEGER NOT NULL REFERENCES entry (id),
    n         INTEGER NOT NULL,
    title     TEXT    NOT NULL,
    questions TEXT    NOT NULL,
    answer    TEXT    NOT NULL,
    tags      TEXT    NOT NULL,
    author    TEXT    NOT NULL, -- e-mail address; '' for a program
    note      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (entry, n)
) WITHOUT ROWID;

-- The wordings of the current revision, to be found by. n is 0 for the title.
CREATE TABLE question (
    entry INTEGER NOT NULL REFERENCES entry (id),
    n     INTEGER NOT NULL,
    text  TEXT    NOT NULL,
    norm  TEXT    NOT NULL,
    PRIMARY KEY (entry, n)
) WITHOUT ROWID;
CREATE INDEX question_norm ON question (norm);

CREATE TABLE tag (
    name  TEXT    NOT NULL,
    entry INTEGER NOT NULL REFERENCES entry (id),
    PRIMARY KEY (name, entry)
) WITHOUT ROWID;
CREATE INDEX tag_entry ON tag (entry);

-- Who asked it: tickets, which belong to another app.
CREATE TABLE source (
    ticket   INTEGER NOT NULL,
    norm     TEXT    NOT NULL,
    entry    INTEGER NOT NULL REFERENCES entry (id),
    question TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (ticket, norm, entry)
) WITHOUT ROWID;
CREATE INDEX source_entry ON source (entry, ticket);

-- Two entries that belong beside each other, the smaller number first. One of them may not exist yet.
CREATE TABLE related (
    a INTEGER NOT NULL,
    b INTEGER NOT NULL CHECK (a < b),
    PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE INDEX related_b ON related (b);

-- Slugs that an entry had before it was renamed.
CREATE TABLE redirect (
    slug  TEXT    NOT NULL PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES entry (id)
) WITHOUT ROWID;

-- The steps that an entry took, with the note that somebody left.
CREATE TABLE step (
    id     INTEGER PRIMARY KEY,
    entry  INTEGER NOT NULL REFERENCES entry (id),
    name   TEXT    NOT NULL,
    author TEXT    NOT NULL,
    note   TEXT    NOT NULL,
    at     INTEGER NOT NULL
);
CREATE INDEX step_entry ON step (entry, id);

CREATE TABLE vote (
    entry    INTEGER NOT NULL REFERENCES entry (id),
    revision INTEGER NOT NULL,
    anon     TEXT    NOT NULL,
    up       INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    comment  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (entry, revision, anon)
) WITHOUT ROWID;

CREATE TABLE search (
    id      INTEGER PRIMARY KEY,
    q       TEXT    NOT NULL,
    norm    TEXT    NOT NULL,
    n       INTEGER NOT NULL,           -- how many entries it found
    session TEXT    NOT NULL,
    asked   TEXT    NOT NULL,           -- where: help, contact, desk
    clicked INTEGER NOT NULL DEFAULT 0, -- the entry that was opened; 0 for none
    at      INTEGER NOT NULL
);
CREATE INDEX search_session ON search (session, at);
CREATE INDEX search_at ON search (at);

-- The words of every entry, whatever its status; rowid is the entry's number. body is the answer without Markdown.
CREATE VIRTUAL TABLE entry_fts USING fts5 (title, questions, body, tokenize = 'porter unicode61 remove_diacritics 2');
