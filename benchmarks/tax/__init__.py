"""How quickly lots are relieved and gains are told."""
