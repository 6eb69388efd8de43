"""Recompute a draw from what its log says: `python -m tests.play.verify < log.json`, with nothing but Python.

The log is the answer to `operations/mini-program/draw-log.graphql`, all its pages put together: `docs/draws.md`
explains each step. Every sentence that comes back names something that does not fit.
"""

import hashlib
import hmac
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import count
from typing import Any

Log = dict[str, Any]


def number_below(bound: int, seed: str, message: str) -> int:
    fair = 2**64 - 2**64 % bound
    for block in count():
        digest = hmac.digest(bytes.fromhex(seed), f"{message}:{block}".encode(), "sha256")
        for start in (0, 8, 16, 24):
            number = int.from_bytes(digest[start : start + 8], "big")
            if number < fair:
                return number % bound
    raise AssertionError("unreachable")


def fallen_on(number: int, weights: list[int]) -> int:
    for place, weight in enumerate(weights):
        if number < weight:
            return place
        number -= weight
    raise ValueError("the number lies beyond all weights")


def faults(log: Log) -> list[str]:
    """A sentence for each thing in a log that does not follow from the seeds."""
    return [*_of_seeds(log), *(_of_picks(log) if log["kind"] == "SCHEDULED" else _of_rolls(log))]


def _of_seeds(log: Log) -> Iterator[str]:
    for seed in log["seeds"]:
        if seed["seed"] and hashlib.sha256(bytes.fromhex(seed["seed"])).hexdigest() != seed["commitment"]:
            yield f"seed {seed['number']} is not the one that was committed to"


def _of_rolls(log: Log) -> Iterator[str]:
    seeds = {seed["number"]: seed["seed"] for seed in log["seeds"]}
    versions = {version["version"]: version for version in log["versions"]}
    entrants = defaultdict(list)
    for result in sorted(log["results"], key=lambda one: int(one["sequence"])):
        entrants[result["entrant"]].append(result)
    for entrant, results in entrants.items():
        pity = 0
        for sequence, result in enumerate(results, start=1):
            where = f"{entrant[:8]} draw {result['sequence']}"
            if result["sequence"] != sequence:
                yield f"{where}: draw {sequence} is missing"
                break
            if result["pityBefore"] != pity:
                yield f"{where}: the guarantee had counted {pity}"
            pity = result["pityAfter"]
            if seeds.get(result["seedNumber"]):
                yield from (f"{where}: {fault}" for fault in _of_roll(log, versions, seeds, result))
    pieces = Counter((one["prizeId"], one["prizeNumber"]) for one in log["results"] if one["prizeNumber"])
    yield from (f"piece {piece} was given {times} times" for piece, times in pieces.items() if times > 1)


def _of_roll(log: Log, versions: dict[int, Log], seeds: dict[int, str], result: Log) -> Iterator[str]:
    rules = versions[result["version"]]
    prizes, tier, after = rules["prizes"], rules["pityTier"], rules["pityAfter"]
    is_due = after is not None and result["pityBefore"] >= after
    if result["unmet"] and not is_due:
        yield "there was no guarantee to meet"
    is_forced = is_due and not result["unmet"]
    weights = [_weight(one, result["segment"]) for one in prizes]
    if is_forced:
        weights = [w if one["tier"] == tier else 0 for w, one in zip(weights, prizes, strict=True)]
    message = f"{log['key']}:{result['entrant']}:{result['sequence']}:{result['clientText'] or ''}"
    message += ":unmet" if result["unmet"] else ""
    number = number_below(sum(weights), seeds[result["seedNumber"]], message)
    if (number, sum(weights), is_forced) != (int(result["rollNumber"]), int(result["rollBound"]), result["isForced"]):
        yield f"the roll is {number} below {sum(weights)}"
        return
    rolled = prizes[fallen_on(number, weights)]["id"]
    if rolled != result["rolledPrizeId"]:
        yield "the roll fell on another prize"
    [fallback] = [one["id"] for one in prizes if one["isFallback"]]
    others = {one["id"] for w, one in zip(weights, prizes, strict=True) if is_forced and w} - {rolled}
    if result["prizeId"] not in ({fallback} if result["wanting"] else {rolled} | others):
        yield "the prize does not follow from the roll"
    [won] = [one for one in prizes if one["id"] == result["prizeId"]]
    resets = tier is not None and won["tier"] is not None and won["tier"] <= tier
    if result["pityAfter"] != (0 if tier is None or resets else result["pityBefore"] + 1):
        yield "the guarantee counted wrongly"


def _weight(prize: Log, segment: str | None) -> int:
    found = {one["segment"]: int(one["weight"]) for one in prize["segmentWeights"]}
    return found.get(segment, int(prize["weight"])) if segment else int(prize["weight"])


def _of_picks(log: Log) -> Iterator[str]:
    entries = Counter(entry["entrant"] for entry in log["entries"])
    listed = sorted((name, tickets if log["countsTickets"] else 1) for name, tickets in entries.items())
    digest = hashlib.sha256("".join(f"{name}:{tickets}\n" for name, tickets in listed).encode()).hexdigest()
    if digest != log["drawing"]["listHash"]:
        yield "the list of entrants is not the one that was frozen"
    seed = log["seeds"][0]["seed"]
    for place, result in enumerate(sorted(log["results"], key=lambda one: int(one["pickNumber"])), start=1):
        bound = sum(tickets for _, tickets in listed)
        number = number_below(bound, seed, f"{log['key']}:{digest}:{place}")
        name, _ = listed.pop(fallen_on(number, [tickets for _, tickets in listed]))
        if (name, number, bound) != (result["entrant"], int(result["rollNumber"]), int(result["rollBound"])):
            yield f"place {place} belongs to {name[:8]}"


if __name__ == "__main__":
    found = faults(json.load(sys.stdin))
    print("\n".join(found) or "Every result follows from the seeds.")
    sys.exit(bool(found))
