"""Where members stand among the levels, as SQL for both databases: said once for whoever asks it.

The texts know the two tables alone, so the accounts, the audience and the contract can all use them.
"""


def position_of(member_id: str) -> str:
    """The position of a member's level, 0 below the first; `member_id` is an expression. Newcomers have no row yet."""
    return (
        f"COALESCE((SELECT ml.position FROM member_level ml WHERE ml.member_id = {member_id}), "  # noqa: S608 - own text
        "(SELECT MAX(lv.position) FROM level lv WHERE lv.threshold <= 0), 0)"
    )


def speed_of(member_id: str) -> str:
    """By how many percent earn rules pay a member at its level: 100 is what they say."""
    return f"COALESCE((SELECT lv.speed_percent FROM level lv WHERE lv.position = {position_of(member_id)}), 100)"  # noqa: S608 - own text


def unsettled(account: str, growth: str) -> str:
    """Whether `growth` in a row of `account` reaches another level than the one that is written down."""
    of_member = f"FROM member_level ml WHERE ml.member_id = {account}.holder_id"
    counted = f"{growth} - COALESCE((SELECT ml.growth_offset {of_member}), 0)"
    return (
        f"COALESCE((SELECT MAX(lv.position) FROM level lv WHERE lv.threshold <= {counted}), 0) "  # noqa: S608 - own text
        f"<> COALESCE((SELECT ml.position {of_member}), 0)"
    )
