-- What cursors of lists are authenticated with: made here once, known to nobody outside.

CREATE TABLE cursor_key (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    secret TEXT NOT NULL
);

INSERT INTO cursor_key (id, secret) VALUES (1, gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text);
