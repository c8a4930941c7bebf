#!/usr/bin/env python3
"""Writes a large workspace, the same bytes for the same arguments.

    workspace.py FOLDER [--contexts 100] [--entities 10] [--padding 0]

Each context has so many entities, and each entity a record for what goes in and out of three operations: one that makes it,
one that changes it, one that reads it, with policies, failures, events, use cases, ports and routes. `--padding` adds that
many documented, optional fields to every entity, so that the specs have the size of real ones.
"""

import argparse
import pathlib

WORDS = "account batch claim device entry fleet grant holder intake journal kiosk ledger mandate notice office".split()

HEAD = """@namespace "system.{slug}"
@version "1.0.0"
@owner "{slug}-team"

Entity "Visitor"
Entity "Desk"

/// Makes things and looks at them.
Role "Maker"
/// Decides about what others made.
Role "Checker"

role_binding "Maker" for "Visitor"
role_binding "Checker" for "Desk"

/// Where a thing stands.
enum Stage {{
    /// Waiting for a decision.
    open = "open",
    /// Decided.
    closed = "closed"
}}

Pattern "Code" matches "^[A-Z]{{3}}-[0-9]{{4}}$"
"""

ENTITY = """
/// A {word} of {slug}, from the moment it is made.
Entity "{name}" {{
    /// Chosen by the caller.
    key {low}_id: uuid
    /// The caller's own number for this attempt.
    number: string (min_length 1, max_length 64)
    code: string (pattern "Code")
    /// How many of it.
    amount: int (min 1, max 1000)
    /// What all of it costs.
    total: quantity<USD> (exclusive_min 0)
{padding}    stage: Stage default open
    /// Subject of the caller who made it.
    made_by: string
    /// Subject of the caller who decided about it.
    closed_by: string optional
    /// Grows with every change.
    version: int default 1
}}

record Make{name}Input {{
    {low}_id: uuid
    number: string (min_length 1, max_length 64)
    code: string (pattern "Code")
    amount: int (min 1, max 1000)
    total: quantity<USD> (exclusive_min 0)
{padding}}}

record Make{name}Output {{
    {low}_id: uuid
    stage: Stage
    version: int
}}

/// A {word} was made.
record {name}Made {{
    {low}_id: uuid
    total: quantity<USD>
}}

/// Nobody makes more than the house can lose.
Policy {low}_within_limit per Constraint Obligation priority 10
    @rationale "What is above {limit} USD takes another way."
    as: total <= {limit} "USD"

operation make_{low} {{
    intent "Take a valid {word}, once"
    direction inbound
    actor Maker
    access policy_governed by {low}_within_limit at precondition fails with {low}_limit_exceeded
    input Make{name}Input
    output Make{name}Output
    state {name}
    effect creates {name}
    transaction single_aggregate
    failure invalid_{low} for input_validation "the {word} is not valid"
    failure not_a_maker for policy "only makers make it"
    failure {low}_limit_exceeded for policy "it is above the limit of {limit} USD"
    failure number_reused for idempotency_conflict "the number was used before, for another {word}"
    failure duplicate_{low} for concurrency_conflict "there is one with this id already"
    emits {name}Made
    idempotency keyed_by number
    concurrency unique_key {low}_id
    evidence operation_trace
    lifecycle synchronous_request_response
}}

record Close{name}Input {{
    {low}_id: uuid
    decision_id: string (min_length 1, max_length 64)
    version: int
}}

record Close{name}Output {{
    {low}_id: uuid
    stage: Stage
    version: int
}}

/// Only what is open can be closed.
Policy {low}_is_open per Constraint Obligation priority 20
    as: state.stage = open

/// Four eyes.
Policy {low}_closed_by_somebody_else per Constraint Prohibition priority 10
    as: state.made_by = actor.id

operation close_{low} {{
    intent "Close a {word} that somebody else made"
    direction inbound
    actor Checker
    access policy_governed by {low}_is_open at precondition fails with not_open, {low}_closed_by_somebody_else at precondition fails with own_{low}
    input Close{name}Input
    output Close{name}Output
    state {name}
    effect mutates {name}
    transaction single_aggregate
    failure invalid_decision for input_validation "the decision is not valid"
    failure not_a_checker for policy "only checkers decide"
    failure not_open for policy "it is not waiting for a decision"
    failure own_{low} for policy "nobody decides about what is their own"
    failure {low}_not_found for missing_state "there is no such {word}"
    failure decision_reused for idempotency_conflict "decision_id was used before, for another decision"
    failure {low}_changed for concurrency_conflict "it has changed since it was looked at"
    idempotency keyed_by decision_id
    concurrency optimistic_version version
    evidence operation_trace
    lifecycle synchronous_request_response
}}

record Read{name}Input {{
    {low}_id: uuid
}}

record Read{name}Output {{
    {low}_id: uuid
    code: string
    amount: int
    total: quantity<USD>
    stage: Stage
    made_by: string
    version: int
}}

operation read_{low} {{
    intent "Read one {word}"
    direction inbound
    actor Maker
    access public
    input Read{name}Input
    output Read{name}Output
    state {name}
    effect reads {name}
    transaction read_only
    failure invalid_question for input_validation "that is no id"
    failure not_a_reader for policy "only makers read it"
    failure {low}_not_found for missing_state "there is no such {word}"
    idempotency inherent
    concurrency read_snapshot
    evidence operation_trace
    lifecycle synchronous_request_response
}}

Resource "{name}Making"
Resource "{name}Closing"
Resource "{name}View"
Resource "{name}Made"

Flow "{name}Making" @cqrs {{ "kind": "command", "element": "make_{low}" }} @tx {{ "transactional": true }} @idempotency {{ "key": "number" }} from "Maker" to "Desk"
Flow "{name}Closing" @cqrs {{ "kind": "command", "element": "close_{low}" }} @tx {{ "transactional": true }} @idempotency {{ "key": "decision_id" }} from "Checker" to "Desk"
Flow "{name}View" @cqrs {{ "kind": "query", "element": "read_{low}" }} @read_model {{ "name": "{name}" }} from "Desk" to "Maker"
Flow "{name}Made" @cqrs {{ "kind": "event" }} @outbox {{ "mode": "required" }} from "Desk" to "Maker"
"""

PADDING = """    /// What is known about field {index} of the {word}, in the words of those who fill it in.
    detail_{index:02}: string optional (max_length {length})
"""


def entity_names(count):
    """The word, the name and the name in small letters of each entity."""
    for index in range(count):
        word = WORDS[index % len(WORDS)]
        suffix = "" if index < len(WORDS) else str(index // len(WORDS))
        yield word, f"{word.capitalize()}{suffix}", f"{word}{suffix}"


def model(slug, entities, padding):
    parts = [HEAD.format(slug=slug)]
    for number, (word, name, low) in enumerate(entities):
        fields = [PADDING.format(index=index, word=word, length=100 + index) for index in range(padding)]
        limit = 1000 * (number + 1)
        parts.append(ENTITY.format(slug=slug, word=word, name=name, low=low, limit=limit, padding="".join(fields)))
    return "".join(parts)


def design(slug, number, entities):
    lines = [f"sdsId: SDS-{number:03}", f"title: {slug}", f"boundedContext: {slug}", "version: 1.0.0", f"owner: {slug}-team"]
    lines += ["satisfiesPrds: []", "satisfiesAdrs: []", "useCases:"]
    for _, name, low in entities:
        lines += [f"  - handles: make_{low}", "    steps:", "      - authorize", "      - validate"]
        lines += [f"      - persist: {{ entity: {name}, set: {{ made_by: actor.id }} }}"]
        lines += [f"      - appendEvidence: {{ type: {slug}.{low}_made, subject: {low}_id }}", f"      - publish: {name}Made"]
        lines += [f"  - handles: close_{low}", "    steps:", "      - authorize", "      - validate"]
        lines += [f"      - persist: {{ entity: {name}, set: {{ stage: closed, closed_by: actor.id }} }}"]
        lines += [f"      - appendEvidence: {{ type: {slug}.{low}_closed, subject: {low}_id }}"]
    lines += ["ports:", "  inbound:"]
    for _, name, low in entities:
        operations = f"[make_{low}, close_{low}, read_{low}]"
        lines.append(f"    - {{ name: {name}Port, operations: {operations}, http: {{ base: /{slug}/{low} }} }}")
    lines.append("  outbound:")
    lines += [f"    - {{ name: {name}Repository, for: {name} }}" for _, name, _ in entities]
    lines.append("adapters:")
    lines += [f"  - {{ name: Sql{name}, implements: {name}Repository, kind: sql }}" for _, name, _ in entities]
    lines += ["uow: { boundary: command, includes: [repositories, ledger, outbox], isolation: serializable }"]
    lines += ["messageBus:", f"  stream: {slug.upper()}", "  routes:"]
    lines += [f"    - {{ event: {name}Made, subject: {slug}.{low}_made, external: true }}" for _, name, low in entities]
    lines += ["  retry: { max: 4, backoff: [1s, 5s, 30s, 2m] }", f"  deadLetter: {slug}.dead", "  outbox: { mode: required }"]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--contexts", type=int, default=100)
    parser.add_argument("--entities", type=int, default=10)
    parser.add_argument("--padding", type=int, default=0)
    args = parser.parse_args()
    for number in range(args.contexts):
        slug = f"area{number:03}"
        entities = list(entity_names(args.entities))
        folder = args.folder / "specs" / slug
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{slug}.sea").write_text(model(slug, entities, args.padding))
        (folder / f"{slug}.sds.yaml").write_text(design(slug, number + 1, entities))


if __name__ == "__main__":
    main()
