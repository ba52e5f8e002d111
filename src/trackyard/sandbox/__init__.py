"""Strict local stand-ins of the partners' APIs, and the seeded traffic that rehearsals send through them."""
