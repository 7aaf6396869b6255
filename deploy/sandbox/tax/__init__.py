"""Stand-ins for the tax service and for DaData."""
