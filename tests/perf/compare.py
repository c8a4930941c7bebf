#!/usr/bin/env python3
"""Generation by seac beside generation by buf, in turn on one machine.

    compare.py SEAC [--runs 3] [--files 1600] [--folder FOLDER]

SEAC is a release build. buf and its plugin for ECMAScript come from npm into a temporary folder (or FOLDER, which is kept), and
run without a network. seac is given `workspace.py` as it is: some 1,790 files. buf is given as many files as --files says,
each with an entity of twelve fields and a service of three calls; the plugin is called once for all of them, which suits it better
than once for each folder. Cold means: the output folder is removed first; unchanged:
once more behind that. Prints the medians.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PACKAGES = ["@bufbuild/buf", "@bufbuild/protoc-gen-es", "@bufbuild/protobuf"]
FIELDS = "id number code amount total stage made_by closed_by version note owner place".split()

PROTO = """syntax = "proto3";

package perf.context{context:03}.v1;

// A thing of kind {kind}, from the moment it is made.
message Thing{kind} {{
{fields}}}

// What is asked for when one is made.
message MakeThing{kind}Request {{
{fields}}}

message MakeThing{kind}Response {{
  string id = 1;
}}

message CloseThing{kind}Request {{
  string id = 1;
  int64 version = 2;
}}

message CloseThing{kind}Response {{
  string id = 1;
}}

message ReadThing{kind}Request {{
  string id = 1;
}}

message ReadThing{kind}Response {{
  Thing{kind} thing = 1;
}}

// What can be done with things of kind {kind}.
service Thing{kind}Service {{
  // Makes one.
  rpc MakeThing{kind}(MakeThing{kind}Request) returns (MakeThing{kind}Response);
  // Decides about one.
  rpc CloseThing{kind}(CloseThing{kind}Request) returns (CloseThing{kind}Response);
  // Looks at one.
  rpc ReadThing{kind}(ReadThing{kind}Request) returns (ReadThing{kind}Response);
}}
"""

GENERATE = """version: v2
plugins:
  - local: {plugin}
    out: generated
    opt: target=ts
    strategy: all
"""


def protos(folder, count):
    """A module of so many files, sixteen to a package."""
    fields = "".join(f"  // Its {name}.\n  string {name} = {i};\n" for i, name in enumerate(FIELDS, 1))
    for number in range(count):
        context, kind = divmod(number, 16)
        path = folder / "proto" / "perf" / f"context{context:03}" / "v1" / f"thing{kind}.proto"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PROTO.format(context=context, kind=kind, fields=fields))
    (folder / "buf.yaml").write_text("version: v2\nmodules:\n  - path: proto\n")
    (folder / "buf.gen.yaml").write_text(GENERATE.format(plugin="protoc-gen-es"))


def run(command, folder, environment):
    """Seconds on the clock and of all processors that a process and its children took."""
    before, begin = os.times(), time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    wall, after = time.monotonic() - begin, os.times()
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used


def both(command, folder, environment, leftovers):
    """A cold run and one behind it."""
    for name in leftovers:
        shutil.rmtree(folder / name, ignore_errors=True)
    return run(command, folder, environment), run(command, folder, environment)


def size(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return len(files), sum(path.stat().st_size for path in files) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seac", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--files", type=int, default=1600)
    parser.add_argument("--folder", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or pathlib.Path(temporary)
        ours, theirs = folder / "seac", folder / "buf"
        ours.mkdir(parents=True, exist_ok=True)
        theirs.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", folder, *PACKAGES], check=True)
        subprocess.run([sys.executable, pathlib.Path(__file__).parent / "workspace.py", ours], check=True)
        protos(theirs, arguments.files)
        path = f"{folder / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path}
        seac = [arguments.seac.resolve(), "generate", "--root", "."]
        seac_runs, buf_runs = [], []
        for _ in range(arguments.runs):
            seac_runs.append(both(seac, ours, environment, ["generated", ".seac"]))
            buf_runs.append(both(["buf", "generate"], theirs, environment, ["generated"]))
        for name, made in [("seac", ours / "generated"), ("buf", theirs / "generated")]:
            print("{}: {} files, {:.1f} MB".format(name, *size(made)))
    print("| run | seac | buf | buf beside seac |\n| --- | --- | --- | --- |")
    for i, what in enumerate(["cold", "unchanged"]):
        for j, of in enumerate(["wall", "CPU"]):
            s, b = (statistics.median(pair[i][j] for pair in runs) for runs in (seac_runs, buf_runs))
            print(f"| {what}, {of} | {s:.2f} s | {b:.2f} s | {b / s:.1f} |")


main()
