"""What the unmodified pypowervm client is put through. Runs inside the client's own environment, not in ours.

A scenario is a public function of one of these modules that takes a ``Site``; its name is the sentence it proves.
``python -m scenarios`` (from the folder above) runs them; see ``__main__``.
"""
