#!/usr/bin/env python3
"""Prints a large SEA model, the same bytes for the same arguments.

    sea_model.py [--entities 10000] [--resources 100] [--flows 10000] [--policies 100] [--forall true|false]
                 [--instances 0] [--quadratic]

The policies are, in turn: constants and counts, aggregates, comprehensions with a filter, and (unless `--forall false`)
quantifiers over all flows or entities. `--instances` adds typed instances with keys and references; `--quadratic` adds
one policy with a quantifier inside a quantifier over all flows, which must end in a limit, not in a hang.
"""

import argparse
import sys


class Numbers:
    """A small generator of numbers that is the same on every machine and every Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def policy(index, resources, forall):
    resource = f"R{index % resources:02}"
    kinds = [
        f"count(flows) >= {index}",
        f"sum(flows.quantity) > {index}",
        f"sum(f in flows where f.resource = \"{resource}\": f.quantity) >= {index % 7}",
        f"count(e in entities where e.name != \"{resource}\": e.name) > {index}",
        f"max(flows.quantity) <= {1000 + index}",
    ]
    if forall:
        kinds += [
            f"forall f in flows: (f.quantity > 0 and f.quantity < {1001 + index})",
            f"forall f in flows: (f.resource != \"{resource}\" or f.quantity >= 1)",
            f"exists e in entities: (e.name = \"E{index:05}\")",
        ]
    return kinds[index % len(kinds)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--entities", type=int, default=10_000)
    parser.add_argument("--resources", type=int, default=100)
    parser.add_argument("--flows", type=int, default=10_000)
    parser.add_argument("--policies", type=int, default=100)
    parser.add_argument("--forall", choices=["true", "false"], default="true")
    parser.add_argument("--instances", type=int, default=0)
    parser.add_argument("--quadratic", action="store_true")
    args = parser.parse_args()
    numbers = Numbers(42)
    out = ['@namespace "perf"']
    out += [f'Entity "E{index:05}"' for index in range(args.entities)]
    out += [f'Resource "R{index:02}" units' for index in range(args.resources)]
    for _ in range(args.flows):
        resource = numbers.below(args.resources)
        start, end = numbers.below(args.entities), numbers.below(args.entities)
        quantity = 1 + numbers.below(1000)
        out.append(f'Flow "R{resource:02}" from "E{start:05}" to "E{end:05}" quantity {quantity}')
    if args.instances:
        out.append('Entity "Desk" {\n    key id: string (min_length 1, max_length 12)\n    seats: int (min 1)\n}')
        out.append('Entity "Clerk" {\n    key id: string\n    desk: ref<Desk>\n    rate: quantity<USD> (min 0)\n}')
        half = args.instances // 2
        for index in range(half):
            out.append(f'Instance desk_{index} of "Desk" {{ id: "D{index}", seats: {1 + numbers.below(9)} }}')
        for index in range(args.instances - half):
            desk, rate = numbers.below(half), numbers.below(100)
            out.append(f'Instance clerk_{index} of "Clerk" {{ id: "C{index}", desk: "D{desk}", rate: {rate} "USD" }}')
        out.append('Policy seated as: forall c in entity_instances of "Clerk": (c.desk.seats >= 1)')
    for index in range(args.policies):
        expression = policy(index, args.resources, args.forall == "true")
        out.append(f"Policy policy_{index:03} per Constraint Obligation priority {index} as: {expression}")
    if args.quadratic:
        out.append("Policy quadratic as: forall f in flows: (exists g in flows: (g.quantity > f.quantity + 1000000))")
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
