"""Performance and capacity metrics as they are spoken: JSON documents and the feeds that lead to them."""
