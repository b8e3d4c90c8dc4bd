"""Tell a person: by mail, into a folder, or by push. Nothing here can stop a cycle.

Read in this order:

    mails     what is said, and when: a drift, a plan that waits, what was done, a failure, a week
    post      mail that is due goes out through channels; what fails is said, and tried again later
    envelope  a mail as a message that mail readers thread, file and never answer automatically
    smtp      the channel to a mail server
    folder    the channel into a folder, a file each
    push      the channel to a chat or a telephone; the only room of apprise
"""
