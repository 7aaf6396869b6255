"""The state's registers: whether somebody is what they say."""
