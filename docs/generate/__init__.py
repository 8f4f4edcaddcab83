"""The pages of the reference that are made from the declarations: ``python -m docs.generate`` (``make docs``).

A module makes the pages about one subject: its ``pages()`` gives path below ``docs/reference`` to text. Nothing here is
shipped. ``tests/docs`` fails when a page in the project is not what would be made now.
"""
