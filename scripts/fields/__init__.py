"""Draws the field tables of `components/serving/fields` out of published schemas: facts alone, none of their text."""
