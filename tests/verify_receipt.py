#!/usr/bin/env python3
"""Verifies a receipt (c2sp.org/tlog-proof@v1) with nothing but a public key and Python's standard library.

Written from RFC 6962, RFC 8032 and the C2SP specifications alone, so that it shares no code with what it checks.

Usage: verify_receipt.py VERIFIER_KEY RECEIPT   (0: verifies, and the entry is printed; 1: it does not)
"""

import base64
import hashlib
import sys

# Curve25519 in twisted Edwards form: -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032, section 5.1).
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e = (y1 - x1) * (y2 - x2) % P
    f = (y1 + x1) * (y2 + x2) % P
    g = 2 * t1 * t2 * D % P
    h = 2 * z1 * z2 % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def decode_point(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        raise ValueError("no point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_is_good(key, message, signature):
    if len(signature) != 64:
        return False
    r, s = decode_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same(multiply(s, BASE), add(r, multiply(h, decode_point(key))))


def sha256(data):
    return hashlib.sha256(data).digest()


def root_from(leaf, index, size, proof):
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    if index >= size:
        raise ValueError("the tree has no such entry")
    own, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if own & 1 or own == last:
            result = sha256(b"\x01" + sibling + result)
            while own and not own & 1:
                own, last = own >> 1, last >> 1
        else:
            result = sha256(b"\x01" + result + sibling)
        own, last = own >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return result


def decode(text):
    return base64.b64decode(text, validate=True)


def verify(verifier_key, receipt):
    name, key_id, encoded = verifier_key.split("+", 2)
    kind, key = decode(encoded)[:1], decode(encoded)[1:]
    if kind != b"\x01" or sha256(name.encode() + b"\n" + kind + key)[:4].hex() != key_id:
        raise ValueError("this is no Ed25519 verifier key")

    head, checkpoint = receipt.split("\n\n", 1)
    lines = head.split("\n")
    if lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise ValueError("this is no receipt")
    entry = decode(lines.pop(0).removeprefix("extra "))
    index = int(lines.pop(0).removeprefix("index "))
    proof = [decode(line) for line in lines]

    text, signatures = checkpoint.rsplit("\n\n", 1)
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    if origin != name:
        raise ValueError("the checkpoint is of another log")
    good = False
    for line in signatures.splitlines():
        _, signer, signature = line.split(" ")
        signature = decode(signature)
        if signer == name and signature[:4].hex() == key_id:
            if not signature_is_good(key, text.encode(), signature[4:]):
                raise ValueError("the log's signature is wrong")
            good = True
    if not good:
        raise ValueError("the log has not signed this")

    if root_from(sha256(b"\x00" + entry), index, int(size), proof) != decode(root):
        raise ValueError("the entry is not in the tree")
    return entry.decode()


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8", newline="") as file:
        TEXT = file.read()
    try:
        print(verify(sys.argv[1], TEXT))
    except ValueError as error:
        print(f"does not verify: {error}", file=sys.stderr)
        sys.exit(1)
