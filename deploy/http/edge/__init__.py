"""The edge: who is asking from where, how often they may, and what must never come in."""
