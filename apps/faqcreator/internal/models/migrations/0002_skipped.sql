-- +goose Up
CREATE TABLE skipped (
	ticket BIGINT PRIMARY KEY, -- number of a ticket that was solved and gave no draft
	reason TEXT NOT NULL,
	at     BIGINT NOT NULL     -- Unix milliseconds
);
