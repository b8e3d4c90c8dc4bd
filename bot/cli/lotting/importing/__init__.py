"""``trimtab lots import``: statements of brokers into an account, or into a file for the taxes.

Read in this order: ``gathered`` (files as one account's lots, trades and cash), ``whose`` (which
account of a file is meant), then where it goes: ``into_folder`` (an account kept by hand),
``into_book`` (lots for shares that came without a basis), ``into_file`` (accounts held elsewhere);
``told`` (what is shown of it), ``bar`` (a long file as it is read), ``verb``.
"""
