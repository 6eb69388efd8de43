"""What people call an order by: its day, and letters that nobody guesses or mistakes for others."""

import secrets
from datetime import datetime

from models.groups.invitation import ALPHABET
from store.brand_day import brand_day

LETTERS = 10


def new_number(at: datetime) -> str:
    day = brand_day(at)
    return f"{day:%y%m%d}" + "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
