-- +goose Up

-- How often each consumer has called each endpoint, by the day.
CREATE TABLE spinoff_uses (
    day      TEXT    NOT NULL, -- in UTC: 2026-11-24
    endpoint TEXT    NOT NULL, -- faq.v1.create
    consumer TEXT    NOT NULL,
    calls    INTEGER NOT NULL,
    last_at  INTEGER NOT NULL, -- when the last of them was written down, a few seconds after it was made
    PRIMARY KEY (day, endpoint, consumer)
) WITHOUT ROWID;

-- Whose counts are to be trusted until when: a row for each process that answers calls, and one with process '' for when counting began. The row of a process
-- that stops goes away; that of one that was killed stays, and says what is not known.
CREATE TABLE spinoff_counting (
    process    TEXT    NOT NULL PRIMARY KEY,
    began_at   INTEGER NOT NULL,
    counted_to INTEGER NOT NULL, -- everything before is in spinoff_uses
    lost_to    INTEGER NOT NULL  -- everything from counted_to to here is lost; 0 is not known
) WITHOUT ROWID;
