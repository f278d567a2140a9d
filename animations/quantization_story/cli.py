"""The command line: quantization-story COMMAND; each command is a module of `quantization_story.commands`."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import click

from quantization_story import commands
from quantization_story.core.file_formats import printable


class Commands(click.Group):
    """The modules of `commands`, each loaded only when it is called: not every command needs manim."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the modules."""
        return sorted(module.name.removesuffix("_") for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a module, by its name."""
        if name not in self.list_commands(ctx):
            return None
        module = {each.name.removesuffix("_"): each.name for each in iter_modules(commands.__path__)}[name]
        command: click.Command = import_module(f"{commands.__name__}.{module}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what is wrong with its input is one line, and the exit code is 1."""
        try:
            return super().invoke(ctx)
        except ValueError as error:
            raise click.ClickException(printable(" ".join(click.unstyle(str(error)).split()))) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(printable(f"{where}{error.strerror or error}")) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="quantization-story")
def main() -> None:
    """The geometry of weight quantization, for any small ReLU network.

    NETWORK is a shipped network by name, or a file: .npz, .safetensors, .onnx, or one of PyTorch.
    """
    # A terminal that knows no → or ² must not end a report half way.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    main()
