"""Memory: what a server holds once it has started, it holds to its end.

The schema, the records and the parsed documents are some million objects that point at each other. The collector of
cycles would walk them again and again while requests make short-lived objects by the ten thousand, which took a fifth
of the processor and stopped everything for a tenth of a second at a time. So what is there after the start is taken out
of its sight, and it looks for cycles less often; reference counts free nearly everything long before it does.
"""

import gc

OBJECTS_BETWEEN = 50_000
"""Objects made, and not freed, between two looks at the youngest; some megabytes."""


def settle_memory() -> None:
    """Called once, when everything that lasts has been made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN, 20, 20)
