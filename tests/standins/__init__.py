"""Stand-in servers: real sockets, real protocols, small brokers behind them. Tests only."""
