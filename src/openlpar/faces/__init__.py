"""Who may speak: one package per tongue. A face unpacks a request, makes an operation, and shows the result."""
