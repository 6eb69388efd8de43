"""What people call an order by: its day, and letters that nobody guesses or mistakes for others."""

import secrets
from datetime import datetime

from models.groups.invitation import ALPHABET
from store.clock import business_day
from store.settings import settings

LETTERS = 10


def new_number(at: datetime) -> str:
    day = business_day(at, settings().brand_zone, settings().day_start_hour)
    return f"{day:%y%m%d}" + "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
