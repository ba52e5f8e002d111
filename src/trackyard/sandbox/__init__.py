"""Strict local stand-ins of the partners' APIs."""
