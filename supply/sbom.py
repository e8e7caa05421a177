"""Parts as a CycloneDX document, held to its published schema."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from app import __version__
from app.errors import SetupFailed
from supply.parts import ALGORITHMS, Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cyclonedx.model.license import License

# An image may have packages of a name and version that another one has too.
PLACES = {"app": ComponentType.APPLICATION, "browser": ComponentType.APPLICATION}


def document(parts: Iterable[Part]) -> str:
    """The JSON. Raises ``SetupFailed`` where the schema has something against it."""
    bom = Bom()
    root = Component(name="slipway", version=__version__, type=ComponentType.APPLICATION)
    bom.metadata.component = root
    places: dict[str, list[Component]] = defaultdict(list)
    sources: dict[str, Component] = {}
    for part in sorted(parts):
        component = _component(part)
        linked = [sources.setdefault(row, _source(row)) for row in part.built_using]
        bom.components.add(component)
        bom.register_dependency(component, linked)
        places[part.place].append(component)
    for source in sources.values():
        bom.components.add(source)
    tops = []
    for place, components in places.items():
        kind = PLACES.get(place, ComponentType.CONTAINER)
        top = Component(name=f"slipway/{place}", type=kind, bom_ref=f"place:{place}")
        bom.components.add(top)
        bom.register_dependency(top, components)
        tops.append(top)
    bom.register_dependency(root, tops)
    written = JsonV1Dot6(bom).output_as_string(indent=1)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(written)
    if problem:
        raise SetupFailed("The list of parts does not fit its schema.", str(problem))
    return written


def _component(part: Part) -> Component:
    namespace, _, name = part.name.rpartition("/")
    return Component(
        name=name,
        group=namespace or None,
        version=part.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{part.place}:{part.url}",
        purl=part.url,
        licenses=_licences(part.known_licences),
        # Of many files, no hash is that of the part.
        hashes=[_hash(part.checksums[0])] if len(part.checksums) == 1 else [],
    )


def _source(row: str) -> Component:
    """A source package that is linked into programs of others."""
    name, _, version = row.partition(" ")
    url = PackageURL("deb", "debian", name, version, {"arch": "source"})
    return Component(
        name=name, version=version, type=ComponentType.LIBRARY, bom_ref=str(url), purl=url
    )


def _licences(names: tuple[str, ...]) -> list[License]:
    factory = LicenseFactory()
    if len(names) == 1:
        return [factory.make_from_string(names[0])]
    return [_named(factory, name) for name in names]


def _named(factory: LicenseFactory, name: str) -> DisjunctiveLicense:
    """By its identifier where it is one; several may stand side by side only so."""
    made = factory.make_from_string(name)
    return made if isinstance(made, DisjunctiveLicense) else DisjunctiveLicense(name=name)


def _hash(checksum: str) -> HashType:
    algorithm, _, value = checksum.partition(":")
    return HashType(alg=HashAlgorithm(ALGORITHMS[algorithm]), content=value)
