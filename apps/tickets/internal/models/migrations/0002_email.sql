-- +goose Up

-- Who looks for a customer's tickets does not mind upper case; every engine has lower().
DROP INDEX IF EXISTS ticket_email;
CREATE INDEX ticket_address ON ticket (lower(email));
