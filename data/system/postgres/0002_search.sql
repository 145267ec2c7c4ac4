-- +goose Up

-- Full-text search means the same as in SQLite: a word is letters and numbers, without upper case and diacritics; what is between words separates them. The parser
-- of PostgreSQL alone would make one word of an e-mail address, a path or two words with a hyphen.
--
-- config is 'english', where "lights" finds "light", or 'simple'. A tsvector holds a megabyte at most, so of a longer text the beginning is found.
-- Functions that a table's columns are computed by name nothing outside pg_catalog: a backup is restored with an empty search_path.

-- +goose StatementBegin
CREATE FUNCTION spinoff_words(config regconfig, content TEXT) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector(config, regexp_replace(regexp_replace(lower(normalize(left(content, 100000), NFKD)),
        '[\u0300-\u036f]', '', 'g'), '[\u0001-/:-@\[-`{-\u00bf\u2000-\u206f\u3000-\u303f\ue000-\uf8ff]+', ' ', 'g'))
$$;
-- +goose StatementEnd

-- terms are words with spaces between, as package search makes them; lig* is the beginning of a word. operator is '&' or '|'. Whatever terms
-- is, there is no error; it is NULL, which finds nothing, where there is no word.
-- +goose StatementBegin
CREATE FUNCTION spinoff_query(config regconfig, terms TEXT, operator TEXT) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CAST(string_agg('(' || q || CASE WHEN term LIKE '%*' THEN ':*)' ELSE ')' END, operator ORDER BY n) AS tsquery)
    FROM unnest(string_to_array(terms, ' ')) WITH ORDINALITY each (term, n), CAST(plainto_tsquery(config, regexp_replace(regexp_replace(lower(normalize(term, NFKD)),
        '[\u0300-\u036f]', '', 'g'), '[\u0001-/:-@\[-`{-\u00bf\u2000-\u206f\u3000-\u303f\ue000-\uf8ff]+', ' ', 'g')) AS TEXT) q
    WHERE q <> ''
$$;
-- +goose StatementEnd
