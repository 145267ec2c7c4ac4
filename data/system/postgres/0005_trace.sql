-- +goose Up

-- The traceparent (W3C Trace Context) of what published the event; '' where it is not traced.
ALTER TABLE spinoff_outbox ADD COLUMN trace TEXT NOT NULL DEFAULT '';
