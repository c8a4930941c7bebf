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

# Lock the registry packages of emitted workspaces: those of the kernel. Run it when its dependencies change.
lock:
    #!/usr/bin/env bash
    set -euo pipefail
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    mkdir -p "$scratch/crates"
    cp -r templates/kernel templates/evidence-log "$scratch/crates/"
    printf '[workspace]\nresolver = "3"\nmembers = ["crates/*"]\n' >"$scratch/Cargo.toml"
    # What is locked already stays, so that only what changed moves.
    if [ -s templates/workspace/Cargo.lock ]; then cp templates/workspace/Cargo.lock "$scratch/Cargo.lock"; fi
    cargo metadata --format-version 1 --manifest-path "$scratch/Cargo.toml" >/dev/null
    cp "$scratch/Cargo.lock" templates/workspace/Cargo.lock
    cargo run --package seac -- generate

# Look for cases that break a property where the tests do not look: many random ones, elsewhere every time.
search cases='20000':
    #!/usr/bin/env bash
    set -euo pipefail
    export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-$RANDOM}" PROPTEST_CASES={{cases}} SEAC_CASES={{cases}}
    echo "PROPTEST_RNG_SEED=$PROPTEST_RNG_SEED looks at the same cases again"
    cargo nextest run --no-fail-fast -p seac-syntax -p seac-assertions --test properties --test round_trip
