"""What every test shares: how hypothesis searches on a machine that is busy with other things."""

import os

from hypothesis import settings

# Two cores run everything, so a slow example says nothing; a failure prints how to repeat it.
settings.register_profile("trimtab", deadline=None, print_blob=True)
settings.load_profile("trimtab")

# A build must not fail by chance on a change that did not cause it: there the examples are always
# the same. By hand they are drawn afresh each time, and what is found becomes a test.
settings.register_profile("ci", settings.get_profile("trimtab"), derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
