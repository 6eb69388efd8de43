"""What was captured becomes a script in which acts differ in whoever acts, what it is done to, and what is made."""

from datetime import UTC, datetime
from uuid import UUID

from benchmarks.pgbench import read, script
from benchmarks.statements import Statement
from store.ids import new_id

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MEMBER, PURSE, POOL = UUID(int=7), UUID(int=8), UUID(int=9)


def test_ids_are_put_in_anew_and_constants_stay() -> None:
    made = new_id()
    heard = [
        Statement("INSERT INTO t VALUES ($1, $2, $3, $10)", (made, f"order:{made}", POOL, *[None] * 6, "it's"), 0),
        Statement("UPDATE red_packet SET taken = taken + 1 RETURNING taken", (), 0),
        Statement("UPDATE purse SET balance = $1 WHERE id = $2 AND a = $3", (7_717, PURSE, LONG_AGO), 0),
    ]

    text = script(heard, {"member": MEMBER, "purse": PURSE}, ["XH1"], LONG_AGO)

    assert text.splitlines() == [
        "SELECT gen_random_uuid() AS new_2 \\gset",
        f"INSERT INTO t VALUES (':new_2'::uuid, 'order:' || ':new_2', '{POOL}'::uuid, 'it''s');",
        "UPDATE red_packet SET taken = taken + 1 RETURNING taken \\gset",
        "UPDATE purse SET balance = :taken WHERE id = ':purse'::uuid AND a = '2020-01-01 00:00:00+00:00'::timestamptz;",
    ]


def test_the_figures_are_read() -> None:
    found = read("number of failed transactions: 3 (1%)\nlatency average = 4.25 ms\ntps = 812.5 (without …)\n")

    assert (found.rate, found.average, found.failed) == (812.5, 4.25, 3)
