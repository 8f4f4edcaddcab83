"""A light typed client of the REST API of a NovaLink, ours or a genuine one.

Standard library only, and nothing that costs time before it is needed: the declarations of a noun are imported by
whoever asks for that noun.

    with connect() as novalink:
        for found in novalink.feed("LogicalPartition", LogicalPartition):
            print(found.element.name, found.element.state)
        novalink.update(found, lambda tree: edit.set_text(tree, LogicalPartition, ("avail_priority",), "200"))
"""
