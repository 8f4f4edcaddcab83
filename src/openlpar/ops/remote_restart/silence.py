"""Whether another system says anything at all."""

from __future__ import annotations

from openlpar.messages import Failure
from openlpar.messages import mobility as say
from openlpar.ports.peer import Peers


async def answers(peers: Peers, system: str) -> bool:
    """Whatever it answers: who refuses is alive. One that is no longer known cannot be asked."""
    try:
        await peers.ask(system, "hello", {})
    except Failure as failure:
        return failure.message not in (say.PEER_AWAY, say.UNKNOWN_SYSTEM)
    return True
