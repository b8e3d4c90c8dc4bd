"""What every test shares: how hypothesis searches on a machine that is busy with other things."""

from hypothesis import settings

# Two cores run everything, so a slow example says nothing; a failure prints how to repeat it.
settings.register_profile("trimtab", deadline=None, print_blob=True)
settings.load_profile("trimtab")
