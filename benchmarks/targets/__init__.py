"""What target strategies and the estimates behind them take."""
