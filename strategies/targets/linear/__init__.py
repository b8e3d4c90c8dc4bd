"""Linear programs over the limits of a target: ``region`` states them, ``program`` solves."""
