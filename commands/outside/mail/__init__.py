"""The port to who carries e-mail: one adapter a file."""
