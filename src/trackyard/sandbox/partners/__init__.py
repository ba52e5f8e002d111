"""One module per partner, found by looking: it holds `partner`, the stand-in of the destination of the same slug."""

import importlib
import pkgutil

from trackyard.sandbox.partner import Partner


def find_partners() -> dict[str, Partner]:
    """Every stand-in there is, by slug."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    found: list[Partner] = [importlib.import_module(f"{__name__}.{name}").partner for name in names]
    return {partner.slug: partner for partner in found}
