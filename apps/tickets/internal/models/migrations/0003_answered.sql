-- +goose Up
-- A message of the system that says that the knowledge base answers the ticket: the number of the entry, and its page for readers.
ALTER TABLE message ADD COLUMN entry BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN link TEXT NOT NULL DEFAULT '';
-- The same entry is told once.
CREATE UNIQUE INDEX message_entry ON message (ticket, entry) WHERE entry <> 0;
