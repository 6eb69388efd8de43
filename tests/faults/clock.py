"""The clock that a test and its server share: the system's, moved ahead by what a file says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path


class ShiftedClock:
    """The present instant plus a shift that is read anew each time, so it can be moved under a running server."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=float(self._file.read_text()))

    def set(self, *, days_ahead: float) -> None:
        """Move the clock; the file is replaced whole, so that no reader finds half a number."""
        whole = self._file.with_suffix(".new")
        whole.write_text(str(days_ahead))
        whole.replace(self._file)
