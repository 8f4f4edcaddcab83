"""The operations on storage behave as on simulated servers, and undo what they did to the files."""

import pytest

from tests.ops.storage.test_logical_unit import *  # noqa: F403
from tests.ops.storage.test_media import *  # noqa: F403
from tests.ops.storage.test_unwind import (  # noqa: F401
    prepared,
    test_a_device_that_fails_leaves_nothing_behind,
    test_a_failure_in_any_step_leaves_nothing_behind,
)
from tests.ops.storage.test_volume_group import *  # noqa: F403

pytestmark = pytest.mark.qemu
