-- Times are Unix milliseconds; 0 is never.

-- +goose Up
CREATE TABLE ticket (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    subject     TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('open', 'waiting', 'solved')),
    priority    TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    assignee    TEXT NOT NULL DEFAULT '', -- e-mail address; '' for nobody
    email       TEXT NOT NULL COLLATE NOCASE, -- of the customer; '' where a mail did not say
    name        TEXT NOT NULL,
    channel     TEXT NOT NULL,
    search      TEXT NOT NULL DEFAULT '', -- what the customer looked for before
    fingerprint TEXT NOT NULL DEFAULT '',
    token       TEXT NOT NULL UNIQUE, -- secret of the customer's link
    messages    INTEGER NOT NULL DEFAULT 0, -- without those of the system
    version     INTEGER NOT NULL DEFAULT 1, -- changes with every change
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    solved_at   INTEGER NOT NULL DEFAULT 0
);
-- Numbers are read out on the telephone: the first one should not look like the first one.
INSERT INTO sqlite_sequence (name, seq) VALUES ('ticket', 1000);
CREATE INDEX ticket_updated ON ticket (updated_at, number);
CREATE INDEX ticket_status ON ticket (status, updated_at, number);
CREATE INDEX ticket_assignee ON ticket (assignee, status);
CREATE INDEX ticket_email ON ticket (email);
CREATE UNIQUE INDEX ticket_fingerprint ON ticket (fingerprint) WHERE fingerprint <> '' AND status <> 'solved';

CREATE TABLE message (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket    INTEGER NOT NULL REFERENCES ticket (number),
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out', 'note', 'system')),
    author    TEXT NOT NULL,
    email     TEXT NOT NULL DEFAULT '',
    text      TEXT NOT NULL,
    html      TEXT NOT NULL DEFAULT '', -- sanitised
    mail_id   TEXT NOT NULL DEFAULT '', -- Message-ID
    digest    TEXT NOT NULL DEFAULT '', -- of what the mail says: some programs give all their mails one Message-ID
    remark    TEXT NOT NULL DEFAULT '', -- what the staff should know about it: "from another sender"
    at        INTEGER NOT NULL
);
CREATE INDEX message_ticket ON message (ticket, at, id);
-- The same mail twice adds nothing.
CREATE UNIQUE INDEX message_mail ON message (mail_id, digest) WHERE mail_id <> '';

-- Every Message-ID that a mail of a ticket has or mentions: how the next mail finds its ticket.
CREATE TABLE message_ref (
    mail_id TEXT PRIMARY KEY,
    ticket  INTEGER NOT NULL REFERENCES ticket (number)
) WITHOUT ROWID;

CREATE TABLE attachment (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL REFERENCES message (id),
    name    TEXT NOT NULL,
    type    TEXT NOT NULL,
    size    INTEGER NOT NULL,
    cid     TEXT NOT NULL DEFAULT '', -- by which the HTML of the message shows it
    sha256  TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX attachment_message ON attachment (message);

CREATE TABLE tag (
    ticket INTEGER NOT NULL REFERENCES ticket (number),
    name   TEXT NOT NULL,
    PRIMARY KEY (ticket, name)
) WITHOUT ROWID;
CREATE INDEX tag_name ON tag (name, ticket);

-- How far an import has come, so that one that was interrupted goes on from there.
CREATE TABLE import_position (
    identity      TEXT PRIMARY KEY, -- of the file or folder
    source        TEXT NOT NULL,    -- the file below it
    source_offset INTEGER NOT NULL, -- in bytes
    counts        TEXT NOT NULL,    -- JSON: what became of the messages before
    refused       TEXT NOT NULL     -- JSON
) WITHOUT ROWID;

-- The words of each message, with the subject and the people of its ticket; rowid is the id of the message.
CREATE VIRTUAL TABLE message_text USING fts5 (subject, people, text, content = '', tokenize = 'unicode61 remove_diacritics 2');
