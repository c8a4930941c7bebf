-- Read models that are made of events: which generation of rows is read, and which position of the log it has reached.

CREATE TABLE read_models (
    name            TEXT PRIMARY KEY,
    digest          TEXT NOT NULL,
    generation      BIGINT NOT NULL,
    position        BIGINT NOT NULL,
    -- The generation that is being made, and how far that is.
    next_generation BIGINT,
    next_position   BIGINT
);
