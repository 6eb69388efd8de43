"""Points: accounts, the ledger, earn rules and levels."""
