"""The compose override as YAML text, with Compose's merge tags."""

from __future__ import annotations

from typing import Any

from .merging import Override, Reset

__all__ = ["dump", "is_ours", "load"]

_HEAD = """\
# Written by worktree-tasks: what this worktree's stack has of its own.
# It is written anew whenever the stack starts; change the project's compose files, or the `wt` settings.
"""
# YAML 1.1's line breaks, which PyYAML folds into spaces unless they are escaped.
_BREAKS = frozenset("\x85\u2028\u2029")


def is_ours(text: str) -> bool:
    """Tell whether an override was written here, by this version or an earlier one."""
    return text.startswith(_HEAD.partition(":")[0])


def dump(document: dict[str, Any]) -> str:
    """Return the text of an override in which `Override` and `Reset` mark the tagged values."""
    import yaml  # noqa: PLC0415 - costs 30 ms, and reading commands write none

    class Dumper(yaml.SafeDumper):
        """Knows the two tags; repeats values in full, since Compose's anchors would be lost on readers."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - PyYAML's signature
            return True

    def tagged(dumper: yaml.SafeDumper, value: Override) -> yaml.Node:
        node = dumper.represent_data(value.value)
        node.tag = "!override"
        return node

    def reset(dumper: yaml.SafeDumper, _: Reset) -> yaml.Node:
        return dumper.represent_scalar("!reset", "null")

    def quoted(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
        style = '"' if _BREAKS & set(value) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, quoted)
    Dumper.add_representer(Override, tagged)
    Dumper.add_representer(Reset, reset)
    return _HEAD + str(
        yaml.dump(document, Dumper=Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True)
    )


def load(text: str) -> Any:  # noqa: ANN401 - whatever the text holds
    """Return the document of an override's text, the merge tags left out; None when it is not YAML."""
    import yaml  # noqa: PLC0415 - as above

    class Loader(yaml.SafeLoader):
        """Knows the two tags."""

    def plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:  # noqa: ANN401 - whatever is tagged
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return None

    for tag in ("!override", "!reset"):
        Loader.add_constructor(tag, plain)
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a safe loader that knows two tags more
    except yaml.YAMLError:
        return None
