#!/bin/sh
# Builds the node for production. Whoever builds this tree with the same Rust and the same C compiler gets the same bytes:
# the folders of the tree, of the build and of the packages do not show in them, nor does the environment.
set -eu
cd "$(dirname "$0")/.."
tree=$(pwd -P)
target=${CARGO_TARGET_DIR:-$tree/target}
packages=${CARGO_HOME:-$HOME/.cargo}

# What would change the code that is made.
unset RUSTFLAGS RUSTC_WRAPPER CFLAGS CARGO_BUILD_TARGET
# Of several prefixes the last that fits is taken.
separator=$(printf '\037')
CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$packages=/packages${separator}--remap-path-prefix=$tree=/tree${separator}--remap-path-prefix=$target=/target"
CARGO_INCREMENTAL=0 SOURCE_DATE_EPOCH=0
export CARGO_ENCODED_RUSTFLAGS CARGO_INCREMENTAL SOURCE_DATE_EPOCH

cargo build --quiet --locked --release --package node
rustc --version
cc --version | head -n 1
sha256sum "$target/release/node"
