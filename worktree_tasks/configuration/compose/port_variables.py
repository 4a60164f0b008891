"""Variables that set ports: which of them follow a worktree's ports, and which keep main's value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field
from ..env.address_targets import PortVariable
from .uninterpolated import RawSpec, default_in, variable_in, variables_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from .model import Model, Spec
    from .uninterpolated import RawPort

__all__ = ["Files", "listeners", "port_variables"]

_NOTHING = RawSpec()
_BRACED = re.compile(r"\$\{[^{}]*\}")
_LOOPBACK = r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):"


@dataclass(frozen=True, slots=True)
class Files:
    """What main's files, besides the compose files, say about ports.

    Attributes:
        values: The variables that Compose interpolates into the compose files.
        fixed: The variables whose value no file of a worktree can change.
        added: Whether a worktree's env file gets variables that main's does not have.
        mounting: The services whose programs can read Compose's env files through a mount.
        configuration: The texts of the mounted configuration files, by service.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    added: bool = True
    mounting: frozenset[str] = frozenset()
    configuration: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listener:
    """A service that publishes a port under its own number, both from one variable.

    Attributes:
        variable: The variable.
        port: Its value in main.
        service: The service.
    """

    variable: str
    port: str
    service: str


def listeners(raw: Mapping[str, RawSpec], own: Collection[str]) -> dict[str, str]:
    """Return the variables that are both sides of ports of one own service, but in no other port."""
    found: dict[str, set[str]] = {}
    for service, spec in raw.items():
        for port in spec.ports:
            name = variable_in(port.published)
            same = service in own and name is not None and name == variable_in(port.target)
            for one in _variables_of(port):
                found.setdefault(one, set()).add(service if same else "")
    return {name: services.pop() for name, services in found.items() if len(services) == 1}


def _variables_of(port: RawPort) -> frozenset[str]:
    return variables_in(port.published) | variables_in(port.target)


def port_variables(
    model: Model, raw: Mapping[str, RawSpec], own: Collection[str], files: Files
) -> dict[str, PortVariable]:
    """Return the variables that set ports of own services in the compose files, by name.

    A variable follows the published port unless something else depends on it: the port in a container, a
    command, another address. A port variable that sets no published port keeps main's value.

    Args:
        model: Main's compose model.
        raw: Main's services as they are written.
        own: The own services.
        files: What files besides the compose files say.
    """
    both = listeners(raw, own)
    in_ports = {name for spec in raw.values() for port in spec.ports for name in _variables_of(port)}
    elsewhere = {name for spec in raw.values() for text in _texts(spec) for name in variables_in(text)}
    found = {}
    for name in sorted(in_ports | elsewhere):
        fed = [
            (service, port.published)
            for service in own
            for port in raw.get(service, _NOTHING).ports
            if variable_in(port.published) == name
        ]
        if not fed and name not in in_ports and not _hangs_on(name, raw, own, fed=False):
            continue
        defaults = {default for _, text in fed for default in default_in(text, name)}
        main = files.values.get(name) or next(iter(defaults), "")
        certain = name not in files.fixed and (name in files.values or (files.added and len(defaults) == 1))
        listener = both.get(name, "") if certain else ""
        if listener and not _agree(Listener(name, main, listener), model, raw, own, files):
            listener = ""
        found[name] = PortVariable(
            main,
            services=frozenset(service for service, _ in fed),
            moves=bool(listener) or (certain and bool(fed) and not _hangs_on(name, raw, own, fed=True)),
            listener=listener,
            shown=_shown(name, raw),
        )
    return found


def _texts(spec: RawSpec) -> Iterator[str]:
    yield from (*spec.environment.values(), *spec.program, *spec.rest)


def _uses(name: str, texts: Iterable[str]) -> bool:
    return any(name in variables_in(text) for text in texts)


def _shown(name: str, raw: Mapping[str, RawSpec]) -> dict[str, frozenset[str]]:
    shown = {
        service: frozenset(key for key, text in spec.environment.items() if variable_in(text) == name)
        for service, spec in raw.items()
    }
    return {service: keys for service, keys in shown.items() if keys}


def _hangs_on(name: str, raw: Mapping[str, RawSpec], own: Collection[str], *, fed: bool) -> bool:
    """Return whether a variable is used for anything but published ports and what tells programs about them.

    Args:
        name: The variable.
        raw: All services.
        own: The own ones.
        fed: Whether it sets own services' published ports; programs can then be given a value of their own.
    """
    for service, spec in raw.items():
        sides = [side for port in spec.ports for side in (port.published, port.target)]
        published = [port for port in spec.ports if variable_in(port.published) == name]
        if sum(name in variables_in(side) for side in sides) > (len(published) if service in own else 0):
            return True
        if _uses(name, (*spec.program, *spec.rest)):
            return True
        for key, text in spec.environment.items():
            apart = service in own and variable_in(text) == name and (fed or key == name)
            if not apart and name in variables_in(text) and not _only_on_loopback(name, text):
                return True
    return False


def _only_on_loopback(name: str, text: str) -> bool:
    """Return whether a variable occurs only as the port of host addresses, which are rewritten anyway."""
    rest = re.sub(rf"{_LOOPBACK}\$\{{?{name}(?![A-Za-z0-9_])", "", text)
    return name not in variables_in(rest)


def _agree(
    one: Listener, model: Model, raw: Mapping[str, RawSpec], own: Collection[str], files: Files
) -> bool:
    """Return whether everything that uses a listener's variable can move together."""
    spec, written = model.services[one.service], raw[one.service]
    if not any((str(port.target), port.published) == (one.port, one.port) for port in spec.ports):
        return False
    sees_it = (
        one.variable in spec.environment
        or _uses(one.variable, (*written.environment.values(), *written.program))
        or (one.variable in files.values and one.service in files.mounting)
    )
    # A literal port number would not move with the variable.
    literal = any(re.search(rf"\b{one.port}\b", _BRACED.sub("", text)) for text in written.program)
    if not sees_it or literal or _uses(one.variable, written.rest):
        return False
    return not any(
        _names_it(one, spec.host_names, other, raw.get(name, _NOTHING), files.configuration.get(name, ""))
        or _listens_too(one, other, raw.get(name, _NOTHING))
        or (name not in own and _uses(one.variable, _texts(raw.get(name, _NOTHING))))
        for name, other in model.services.items()
        if name != one.service
    )


def _names_it(one: Listener, names: frozenset[str], spec: Spec, written: RawSpec, configuration: str) -> bool:
    """Return whether a service names the listener with its port in the container."""
    names |= {link.rpartition(":")[2] for link in spec.links if link.partition(":")[0] in names}
    hosts = "|".join(map(re.escape, names))
    address = re.compile(rf"(?<![\w.-])(?:{hosts}):(?:{one.port}\b|\$\{{?{one.variable}\b)")
    values = [value for value in spec.environment.values() if value]
    texts = (*values, *written.environment.values(), *written.program, configuration)
    if any(address.search(text) for text in texts):
        return True
    # The host may be in one variable, its port in another.
    literal = any(
        value == one.port
        and key != one.variable
        and variable_in(written.environment.get(key, "")) != one.variable
        for key, value in spec.environment.items()
    )
    return literal and not names.isdisjoint(values)


def _listens_too(one: Listener, spec: Spec, written: RawSpec) -> bool:
    """Return whether a service that sees the variable may itself listen on its port."""
    if _uses(one.variable, (*written.program, *written.rest)):
        return True
    seen = one.variable in spec.environment or _uses(one.variable, written.environment.values())
    return seen and one.port in {*map(str, spec.expose), *(str(port.target) for port in spec.ports)}
