"""Conditions: joined and numbered in one place, their values in the order of their marks."""

from engine.relation import EVERY_ROW, Condition, all_of

OF_GROUP = Condition("{row}.group_id = ? OR {row}.group_id IS NULL", (7,))
OPEN = Condition("{row}.closes_at > ? AND {row}.state IN (?, ?)", ("noon", "open", "late"))


def test_what_is_joined_holds_together() -> None:
    assert all_of((OF_GROUP, OPEN)) == Condition(
        "({row}.group_id = ? OR {row}.group_id IS NULL) AND ({row}.closes_at > ? AND {row}.state IN (?, ?))",
        (7, "noon", "open", "late"),
    )


def test_of_nothing_every_row_is_left() -> None:
    assert all_of(iter(())) is EVERY_ROW


def test_marks_are_numbered_on_a_row() -> None:
    assert OPEN.numbered("o", 9) == "o.closes_at > $9 AND o.state IN ($10, $11)"
    assert all_of((OF_GROUP, OPEN)).numbered("t", 1) == (
        "(t.group_id = $1 OR t.group_id IS NULL) AND (t.closes_at > $2 AND t.state IN ($3, $4))"
    )
    assert EVERY_ROW.numbered("t", 1) == "1 = 1"
