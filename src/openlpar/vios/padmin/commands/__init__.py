"""The commands of ``ioscli``, one module each; they register themselves (see ``padmin.command``)."""
