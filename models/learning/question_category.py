"""The tree of categories: the paths under which questions lie. A category is there as long as it has questions."""

from store.database import fetch_rows

CATEGORIES_MOST = 500


async def question_categories() -> list[tuple[str, int]]:
    """The paths and how many questions that are not archived lie in each, by path."""
    rows = await fetch_rows(
        "SELECT category, COUNT(*) FROM question WHERE status <> 'archived' "
        "GROUP BY category ORDER BY category LIMIT $1",
        CATEGORIES_MOST,
    )
    return [(str(row[0]), int(row[1])) for row in rows]
