"""Check-ins: plans, the daily record, streaks, and the cards that mend or protect them."""
