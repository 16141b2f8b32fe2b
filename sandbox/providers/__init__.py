"""Stand-ins for providers whose official plugins cannot be had: nothing here is part of the product."""
