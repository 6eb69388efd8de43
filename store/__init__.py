"""Where things are kept: database, Redis, clock, ids, secrets and the outbox."""
