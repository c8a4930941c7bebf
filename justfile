# One-line names for the commands people type.

# Build seac, generate the platform, build and start its node.
run *args:
    cargo run --package seac -- run {{args}}

# Install what the tests need and pass them all.
test:
    tests/run

# Emit generated/ from specs/.
generate:
    cargo run --package seac -- generate

# Lock the registry packages of the emitted workspace; then generate.
lock:
    templates/lock
