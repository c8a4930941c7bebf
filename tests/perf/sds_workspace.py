#!/usr/bin/env python3
"""Makes a workspace of many designs: tests/perf/sds_workspace.py FOLDER [CONTEXTS [ELEMENTS]]

1,000 contexts of 20 elements by default: per context 6 entities, 6 commands, 4 queries and 4 events, with what belongs to
them (fields, failures, ports, adapters, routes, use cases). Every context but the first uses the one before it.
"""

import pathlib
import sys


def elements(count):
    """How many entities, commands, queries and events make up so many elements."""
    entities = commands = max(1, count * 3 // 10)
    queries = max(1, count // 5)
    return entities, commands, queries, max(0, count - entities - commands - queries)


def entity(i):
    return f"""    - name: Thing{i}
      doc: A thing of kind {i}.
      key: thing_id
      fields:
        thing_id: {{ type: uuid }}
        label:    {{ type: string, minLength: 1, maxLength: 200, doc: What people call it. }}
        state:    {{ type: State, default: open }}
        amount:   {{ type: decimal, min: 0 }}
        version:  {{ type: int, default: 1 }}
"""


def command(i, events):
    emits = f"\n      emits: [ThingMade{i}]" if i < events else ""
    return f"""    - name: MakeThing{i}
      doc: Make a thing of kind {i}, once.
      input:
        thing_id: uuid
        label:    {{ type: string, minLength: 1, maxLength: 200 }}
        amount:   {{ type: decimal, min: 0 }}
      output: {{ thing_id: uuid, version: int }}
      effect: {{ creates: Thing{i} }}
      failures:
        - {{ code: invalid_thing, for: [input_validation], meaning: the thing is not valid }}
        - {{ code: thing_reused, for: [idempotency_conflict], meaning: the id was used before }}
        - {{ code: thing_exists, for: [concurrency_conflict], meaning: there is such a thing }}
      idempotency: {{ keyedBy: thing_id }}
      concurrency: {{ uniqueKey: thing_id }}{emits}
"""


def query(i):
    return f"""    - name: ReadThing{i}
      doc: Read one thing of kind {i}.
      input: {{ thing_id: uuid }}
      output: {{ thing_id: uuid, label: string, state: State }}
      effect: {{ reads: Thing{i} }}
      failures: [ {{ code: no_thing, for: [missing_state], meaning: there is no such thing }} ]
"""


def use_case(i, events):
    publish = f"\n      - publish: ThingMade{i}" if i < events else ""
    return f"""  - handles: MakeThing{i}
    steps:
      - authorize
      - validate
      - persist: Thing{i}
      - appendEvidence: {{ type: thing.made, subject: thing_id }}{publish}
"""


def design(number, count):
    entities, commands, queries, events = elements(count)
    slug = f"context-{number:04}"
    every = lambda part, n: "".join(part(i) for i in range(n))
    uses = f"uses: [context-{number - 1:04}]\n" if number else ""
    names = [f"MakeThing{i}" for i in range(commands)] + [f"ReadThing{i}" for i in range(queries)]
    return slug, (
        f"sdsId: SDS-{number + 1000}\ntitle: Context {number}\nboundedContext: {slug}\nversion: 1.0.0\n"
        f"satisfiesPrds: []\nsatisfiesAdrs: []\n{uses}\n"
        "domain:\n  valueObjects:\n    - { name: State, members: [open, closed] }\n  entities:\n"
        + every(entity, entities)
        + "cqrs:\n  commands:\n"
        + every(lambda i: command(i, events), commands)
        + "  queries:\n"
        + every(query, queries)
        + ("  events:\n" if events else "")
        + every(lambda i: f"    - {{ name: ThingMade{i}, doc: It was made., payload: {{ thing_id: uuid }} }}\n", events)
        + "useCases:\n"
        + every(lambda i: use_case(i, events), commands)
        + f"ports:\n  inbound:\n    - {{ name: Port, operations: [{', '.join(names)}], http: {{ base: /{slug} }} }}\n  outbound:\n"
        + every(lambda i: f"    - {{ name: Things{i}, for: Thing{i} }}\n", entities)
        + "adapters:\n"
        + every(lambda i: f"    - {{ name: SqlThings{i}, implements: Things{i}, kind: sql }}\n", entities)
        + "messageBus:\n  routes:\n"
        + every(lambda i: f"    - {{ event: ThingMade{i}, subject: {slug}.made.{i}, external: true }}\n", events)
    )


def main():
    folder = pathlib.Path(sys.argv[1])
    contexts = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    for number in range(contexts):
        slug, text = design(number, count)
        path = folder / "specs" / slug / f"{slug}.sds.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


main()
