"""The compose override as YAML text, with Compose's merge tags."""

from __future__ import annotations

from typing import Any, cast

from .merge_tags import Override, Reset

__all__ = ["LONGEST", "dump", "is_ours", "load"]

_HEAD = """\
# Written by worktree-tasks: what differs in this worktree's stack.
# It is rewritten whenever the stack starts; change the project's compose files, or the `wt` settings.
"""
# Limits for reading an override: ours have a few hundred bytes per service and label, and six levels.
LONGEST, _LEVELS = 1 << 18, 12
# YAML 1.1's line breaks, which PyYAML folds into spaces unless they are escaped.
_BREAKS = frozenset("\x85\u2028\u2029")


def is_ours(text: str) -> bool:
    """Return whether an override was written by us, in this version or an earlier one."""
    return text.startswith(_HEAD.partition(":")[0])


def dump(document: dict[str, Any]) -> str:
    """Return the text of an override in which `Override` and `Reset` mark the tagged values."""
    import yaml  # noqa: PLC0415 - costs 30 ms, and reading commands write none

    class Dumper(yaml.SafeDumper):
        """Knows the two tags; repeats values in full, since anchors would be hard to read."""

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


def load(text: str) -> object:
    """Return the document in an override's text, with scalars as text and without tags.

    Anyone who can write into a worktree may have written it. So aliases are refused, and length and depth are
    limited.

    Returns:
        Dictionaries, lists and text; None if it is not such YAML.
    """
    import yaml  # noqa: PLC0415 - as above

    class OverrideLoader(yaml.BaseLoader):
        """Refuses aliases and too many levels."""

        level = 0

        def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - PyYAML's
            if self.check_event(yaml.AliasEvent) or self.level > _LEVELS:
                raise yaml.YAMLError("not written by us")
            self.level += 1
            node = super().compose_node(parent, index)
            self.level -= 1
            return node

    if len(text) > LONGEST:
        return None
    try:
        return cast("object", yaml.load(text, OverrideLoader))  # noqa: S506 - it creates nothing but text
    except yaml.YAMLError:
        return None
