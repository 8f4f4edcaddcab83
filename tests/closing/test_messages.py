"""The catalogue of messages is closed: each is said somewhere, completely, says what to do, and is known to a test."""

from __future__ import annotations

import functools
import re

import pytest

from openlpar.messages import Message, general
from tests.closing.messages_used import DECLARING, Use, declared, in_source, in_tests, placeholders
from tests.house.tree import ROOT, complain, place

# What a call passes the message on to adds these parameters itself.
PASSED_ON = {
    "error": {"place"},  # ops.inventory.draft.Draft.error(message, item, …)
    "_Wrong": {"place"},  # wire.inventory._Wrong(message, …)
}
# Places that take any message, and make up or already have its parameters.
NOT_SAID_HERE = {
    "src/openlpar/cli/pvmctl/failures.py",  # a table by class of error; each takes the text of the error
    "src/openlpar/engine/faults.py",  # whichever message a fault rule names
    "src/openlpar/ops/simulation/faults.py",  # by its id, in ready-made fault rules
    "src/openlpar/faces/admin/service.py",  # compares
    "src/openlpar/ops/remote_restart/silence.py",  # compares
    "src/openlpar/faces/novalink/console.py",  # compares
}
# Messages that no test names yet. Never add to it: write the test.
NO_TEST_YET: set[str] = set()


@functools.cache
def said() -> tuple[Use, ...]:
    return tuple(in_source())


def test_every_message_is_raised_somewhere() -> None:
    used = {use.message.id for use in said()}
    complain(
        "No code says these messages: raise them where they fit, or delete them from their module:",
        [name for name, message in declared().items() if message.id not in used],
    )


def test_every_message_is_declared_where_messages_are() -> None:
    known = {message.id for message in declared().values()}
    complain(
        f"These are declared outside {', '.join(place(path) for path in DECLARING[:1])} and its neighbours; move them there:",
        [message.id for message in Message.catalogue.values() if message.id not in known],
    )


def test_ids_are_well_formed() -> None:
    wrong = [id for id in Message.catalogue if not re.fullmatch(r"PVME\d{8}-\d{4}|HSCL\w{4}|REST\w{4}", id)]
    complain("Message ids look like PVME01050010-0056 (or are an original's HSCL…, REST…); these do not:", wrong)


@pytest.mark.parametrize("name", sorted(declared()))
def test_a_message_says_what_to_do(name: str) -> None:
    """A message that ends in somebody else's words ends in that one's remedy."""
    message = declared()[name]
    quotes = message.text.endswith(("{text}", "{cause}"))
    assert message.remedy or quotes, f"{name} has no remedy: say in one sentence what its reader does next"
    for part in (message.text, message.remedy):
        ended = part.endswith((".", "}", "…")) or not part
        assert ended, f"{name}: end {part!r} with a full stop, it is shown beside other sentences"


def test_messages_are_given_their_parameters() -> None:
    """Too few: the refusal itself fails. Too many: somebody meant to say more than the text does."""
    wrong = []
    for use in said():
        given = _given(use)
        if given is None:
            if place(use.path) not in NOT_SAID_HERE:
                wrong.append(f"{place(use.path, use.line)}: {use.message.id} is neither raised nor passed on here")
        elif given != placeholders(use.message):
            wrong.append(
                f"{place(use.path, use.line)}: {use.message.id} wants {sorted(placeholders(use.message))},"
                f" is given {sorted(given)}"
            )
    complain("Give each message the parameters that its text and remedy name, and no others:", wrong)


def _given(use: Use) -> set[str] | None:
    """Names of the parameters at a place; None when nothing is said there."""
    if use.call is None:
        return None
    names = {keyword.arg for keyword in use.call.keywords}
    if None in names:
        return None
    return {name for name in names if name} | (PASSED_ON.get(use.passed_to, set()) if use.passed_to else set())


def test_a_value_that_is_absent_is_called_none() -> None:
    refusal = general.READ_ONLY.error(field="RSCTVersion", object="vios1", old="", new=2)
    assert "cannot be changed from none to 2" in str(refusal)
    assert "from 0 to none" in str(general.READ_ONLY.error(field="Level", object="vios1", old=0, new=None))


def test_the_exceptions_are_still_needed() -> None:
    odd = {place(use.path) for use in said() if _given(use) is None}
    assert odd >= NOT_SAID_HERE, f"take out of NOT_SAID_HERE in {__file__}: {sorted(NOT_SAID_HERE - odd)}"


def test_every_message_is_named_by_a_test() -> None:
    texts = "\n".join(
        path.read_text(errors="replace")
        for path in sorted((ROOT / "tests").rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    )
    named = {use.message.id for use in in_tests()}
    unknown = {name for name, message in declared().items() if message.id not in named and message.id not in texts}
    complain(
        "Provoke these in a test, in tests/closing/test_refusals.py if there is no better place:",
        sorted(unknown - NO_TEST_YET),
    )
    complain(f"Tests know these by now: take them out of NO_TEST_YET in {__file__}", sorted(NO_TEST_YET - unknown))
