"""backend.py - a wheel of the module: what make python built, the shared library, and the bundled data (PEP 517)

By itself the wheel carries every shared library that libcuxas needs beyond the C library, so that the target needs nothing
but Python and numpy; with CUXAS_WHEEL_LIBRARIES=no it carries libcuxas alone and relies on the system's packages.
`python3 backend.py FOLDER` writes it there, too."""
import base64
import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import zipfile

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
# of the C library and the loader: always the target's own
SYSTEM = re.compile(r"(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util))\.so(\..*)?$")
# what the wheel's readers never open: measured and simulated sets for judging and for --simulate
DATA = ("models/cu-l23.cuxas", "models/cu-l23.background", "structures", "candidates", "spectra", "simulations",
        "compounds.csv", "candidates.csv", "ORIGIN.md")
METADATA = """Metadata-Version: 2.1
Name: cuxas
Version: %s
Summary: Which copper compound was measured? Cu L2,3 spectra against predicted and simulated ones
License: BSD-3-Clause
Requires-Python: >=3.8
Requires-Dist: numpy>=1.20

"""


def _version():
    with open(os.path.join(TOP, "Makefile"), encoding="utf-8") as makefile:
        return re.search(r"^VERSION := (\S+)", makefile.read(), re.M).group(1)


def _libraries(path):
    """(name, path) of the shared libraries that a file loads, but those of the system"""
    told = subprocess.run(["ldd", path], check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    for name, where in re.findall(r"^\s*(\S+) => (/\S+)", told, re.M):
        if not SYSTEM.match(name) and not name.startswith("libcuxas"):
            yield name, where


def _files(build):
    module = os.path.join(build, "python", "cuxas")
    for name in sorted(os.listdir(module)):
        if name.endswith((".py", ".so")) or ".so." in name:
            yield "cuxas/" + name, os.path.join(module, name)
    if os.environ.get("CUXAS_WHEEL_LIBRARIES", "yes") != "no":
        for name, path in sorted(_libraries(os.path.join(module, "_bridge.so"))):
            yield "cuxas/" + name, path
    for name in DATA:
        path = os.path.join(TOP, "refdb", name)
        if os.path.isfile(path):
            yield "cuxas/data/" + name, path
        for folder, _, inner in sorted(os.walk(path)):
            for file in sorted(inner):
                full = os.path.join(folder, file)
                yield "cuxas/data/" + os.path.relpath(full, os.path.join(TOP, "refdb")), full


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    build = os.path.abspath(os.environ.get("BUILD", os.path.join(TOP, "build")))
    subprocess.run(["make", "-s", "-C", TOP, "BUILD=" + os.path.relpath(build, TOP), "python"], check=True,
                   stdout=sys.stderr)
    version = _version()
    tag = "py3-none-" + re.sub("[-.]", "_", sysconfig.get_platform())
    name = "cuxas-%s-%s.whl" % (version, tag)
    info = "cuxas-%s.dist-info" % version
    wheel = "Wheel-Version: 1.0\nGenerator: cuxas\nRoot-Is-Purelib: false\nTag: %s\n" % tag
    record = []
    with open(os.path.join(TOP, "LICENSE"), "rb") as file:
        texts = [(info + "/METADATA", (METADATA % version).encode()), (info + "/WHEEL", wheel.encode()),
                 (info + "/LICENSE", file.read())]
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as archive:
        def add(inner, content, mode):
            entry = zipfile.ZipInfo(inner, (2020, 1, 1, 0, 0, 0))  # same tree, same bytes
            entry.external_attr, entry.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append("%s,sha256=%s,%d\n" % (inner, digest, len(content)))
        for inner, path in _files(build):
            with open(path, "rb") as file:
                add(inner, file.read(), 0o100755 if ".so" in inner else 0o100644)
        for inner, content in texts:
            add(inner, content, 0o100644)
        record.append(info + "/RECORD,,\n")
        archive.writestr(info + "/RECORD", "".join(record))
    return name


if __name__ == "__main__":
    print(build_wheel(sys.argv[1]))
