"""Where the pages are hung into the application."""

from fastapi import FastAPI


def add_pages(app: FastAPI) -> None:
    """Add every page to the application."""
