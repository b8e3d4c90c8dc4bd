"""The twenty large US companies on the built-in tape, which are also the preset to start with."""

US20 = (
    "AAPL",  # Apple
    "AMD",  # Advanced Micro Devices
    "BAC",  # Bank of America
    "BBY",  # Best Buy
    "CVX",  # Chevron
    "GE",  # General Electric
    "HD",  # Home Depot
    "JNJ",  # Johnson & Johnson
    "JPM",  # JPMorgan Chase
    "KO",  # Coca-Cola
    "LLY",  # Eli Lilly
    "MRK",  # Merck
    "MSFT",  # Microsoft
    "PEP",  # PepsiCo
    "PFE",  # Pfizer
    "PG",  # Procter & Gamble
    "RRC",  # Range Resources
    "UNH",  # UnitedHealth
    "WMT",  # Walmart
    "XOM",  # Exxon Mobil
)
