"""What a read model is in each store: declared in its folder, done here."""
