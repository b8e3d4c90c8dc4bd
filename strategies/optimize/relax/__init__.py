"""What must give way: ``linear`` (the program that finds it), then ``least`` (all in words)."""
