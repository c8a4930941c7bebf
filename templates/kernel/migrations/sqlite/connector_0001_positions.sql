-- How far each poller has come. Written in the transaction of the evidence that a page became.
CREATE TABLE connector_positions (
    connector TEXT PRIMARY KEY,
    version   INTEGER NOT NULL,
    position  TEXT NOT NULL
) STRICT;
