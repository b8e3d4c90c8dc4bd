"""How prices move together. Read ``returns`` (which days count), then ``covariance``."""
