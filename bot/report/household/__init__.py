"""What a household holds where, must take out, may give and can raise: figures and pages."""
