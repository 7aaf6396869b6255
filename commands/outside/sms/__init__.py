"""Text messages: who carries them, what they say, and what becomes of one."""
