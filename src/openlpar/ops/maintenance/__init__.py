"""Taking a Virtual I/O Server out of service and back: nobody loses anything by it, or it is refused."""
