"""Stand-ins for Google, Yandex ID and VK ID, each with what is its own."""
