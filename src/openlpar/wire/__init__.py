"""How it is spoken: codecs that read the declarations."""
