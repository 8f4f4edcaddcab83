"""Who runs partitions: one package per back end, each a subclass of ``Backend`` that registers itself by name."""
