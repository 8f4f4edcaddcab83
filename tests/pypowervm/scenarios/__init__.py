"""What the unmodified pypowervm client is put through. Runs inside the client's own environment, not in ours.

A scenario is a public function of one of these modules that takes a ``Site``; its name is the sentence it proves.
``python -m scenarios`` (from the folder above) runs them; see ``__main__``.
"""

import time

PATIENCE = 0.05
"""Seconds at most for any of the client's pauses (a second between polls of a job, five before it tries a busy VIOS again).
Done here, before the client is imported: parts of it take ``time.sleep`` along at import."""

_sleep = time.sleep
time.sleep = lambda seconds, /: _sleep(min(float(seconds), PATIENCE))
