"""One part that others made, wherever it comes from; and what its licence is called."""

from __future__ import annotations

from dataclasses import dataclass

from packageurl import PackageURL

# What packages call themselves in prose, where nothing can be read by a program.
IN_PROSE = {
    "gcc": "GPL-3+ with GCC Runtime Library Exception",
    "krb5": "MIT",
    "libcrypt1": "LGPL-2.1+",
    "libpcap0.8t64": "BSD-3-Clause",
    "python3.13": "Python-2.0",
    "tcpdump": "BSD-3-Clause",
}
SAME_SOURCE = {
    "libatomic1": "gcc",
    "libgcc-s1": "gcc",
    "libgssapi-krb5-2": "krb5",
    "libk5crypto3": "krb5",
    "libkrb5-3": "krb5",
    "libkrb5support0": "krb5",
    "libpython3.13-minimal": "python3.13",
    "libpython3.13-stdlib": "python3.13",
    "libstdc++6": "gcc",
    "python3.13-minimal": "python3.13",
}
NAMESPACES = {"deb": "debian", "apk": "alpine"}
ALGORITHMS = {"sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """``place`` is what has it: ``app``, ``browser``, or the folder of an image.

    ``kind`` is that of package URLs. ``checksums`` are "sha256:…", ``built_using`` sources that are
    linked into its programs, "name version".
    """

    place: str
    kind: str
    name: str
    version: str
    licences: tuple[str, ...] = ()
    checksums: tuple[str, ...] = ()
    built_using: tuple[str, ...] = ()

    @property
    def known_licences(self) -> tuple[str, ...]:
        """Those that it names, or what we have read in its prose."""
        said = IN_PROSE.get(SAME_SOURCE.get(self.name, self.name))
        return self.licences or ((said,) if said else ())

    @property
    def url(self) -> PackageURL:
        namespace, _, name = self.name.rpartition("/")
        return PackageURL(self.kind, namespace or NAMESPACES.get(self.kind), name, self.version)
