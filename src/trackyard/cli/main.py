"""The `trackyard` command. Subcommands are imported only when asked for, so start-up stays short."""

import importlib
import os
import pkgutil

import click

from trackyard import __version__
from trackyard.cli import commands
from trackyard.cli.exit_codes import STORAGE, exit_code
from trackyard.model.errors import TrackyardError


class LazyGroup(click.Group):
    """A group whose commands are the modules of `trackyard.cli.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name.rstrip("_").replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module_name = cmd_name.replace("-", "_")
        if module_name in RESERVED_MODULE_NAMES:
            module_name += "_"
        command: click.Command = importlib.import_module(f"{commands.__name__}.{module_name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what stops it on purpose is a message and an exit code, never a traceback."""
        try:
            return super().invoke(ctx)
        except TrackyardError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(exit_code(error))
        except OSError as error:
            if error.filename is None:  # no file's fault: a closed pipe, or a mistake of ours
                raise
            click.echo(
                f"error: {error.filename}: {error.strerror}; correct the path, its owner or its rights", err=True
            )
            ctx.exit(STORAGE)


OTHERS_SEE_NOTHING = 0o007  # what is written holds write keys and people's data
RESERVED_MODULE_NAMES = frozenset({"try", "import"})  # Python keywords: the module has a trailing underscore


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="trackyard", prog_name="trackyard")
def main() -> None:
    """The open customer data pipeline you can move to from Segment, and prove it."""
    os.umask(os.umask(0) | OTHERS_SEE_NOTHING)
