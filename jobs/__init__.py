"""What happens later: schedules, the outbox's relay, expiry and freezing."""
