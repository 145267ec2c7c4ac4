-- +goose Up
CREATE TABLE draft (
	ticket    BIGINT PRIMARY KEY,  -- number of the ticket; another app's, so no foreign key
	entry     BIGINT NOT NULL,     -- number of the FAQ entry
	url       TEXT NOT NULL,       -- page of the entry
	question  TEXT NOT NULL,
	duplicate BIGINT NOT NULL,     -- the published entry that answers it already; 0 where there is none
	scrubbed  TEXT NOT NULL,       -- kinds of personal data that were taken out, with commas between
	author    TEXT NOT NULL,       -- e-mail address of who asked for it
	at        BIGINT NOT NULL      -- Unix milliseconds
);
