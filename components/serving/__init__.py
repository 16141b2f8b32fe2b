"""Models and the engines that serve them."""
