"""The virtual switches of one managed system: a process that carries Ethernet frames between its guests.

``python -m openlpar.vswitch RUN_FOLDER``; see docs/explanation/virtual-switches.md. Standard library only, and nothing
else of ours: it has to go on when everything around it is restarted.

    __main__.py     starts: folder, lock, log, signals
    service.py      the loop: who is ready, what was requested, what the tick does
    control.py      the control socket: one JSON object per line
    wanted.py       what `configure` may say, and why it is refused
    forwarding.py   who hears a frame, and tagged how
    endpoints.py    where a port's frames come from: guest, user-mode network, TAP, link to another host, responder
    shield.py       what may go to a user-mode network
    responder.py    the IPv6 presence of NovaLink on the management switch
    frames.py       Ethernet and 802.1Q
"""
