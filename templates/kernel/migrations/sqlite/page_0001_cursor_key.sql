-- What cursors of lists are authenticated with: made here once, known to nobody outside.

CREATE TABLE cursor_key (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    secret TEXT NOT NULL
) STRICT;

INSERT INTO cursor_key (id, secret) VALUES (1, lower(hex(randomblob(32))));
