"""Which copper compound was measured? Cu L2,3 spectra against predicted and simulated ones.

    >>> import cuxas
    >>> report = cuxas.identify("scan.csv", elements="Cu,O")
    >>> report["answer"]["sentence"]
    'Cu(I), two-fold in oxygen; ...'
    >>> report                     # in Jupyter: the whole page, with its figures

Functions take what is at hand: a path, numpy arrays, or objects of pymatgen, ASE and xraylarch, which are known by their
attributes (none of them is imported). Energies are in eV, lengths in angstrom, arrays are float64. What cannot be done is
raised as `cuxas.Error`, with the one line that the programs print. C works without Python's lock: threads go on.
"""
import html as _html
import json as _json
import os as _os

import numpy as _np

from . import _library as _c
from ._library import Error

__all__ = ["Error", "Spectrum", "Structure", "Prediction", "Simulation", "Report", "Session", "version", "read_spectrum",
           "read_structure", "predict", "simulate", "open_session", "identify", "data_folder"]

#: channels of a prediction: without a core hole, with a screened one, with one that only mixes empty states
CHANNELS = ("no-hole", "screened-hole", "projected-hole")


def version():
    """The release of the library, as text ("0.4.1")."""
    return _c.lib.cuxas_version().decode()


def data_folder():
    """The folder of the bundled model, structures and spectra, as text; Error where there is none.

    $CUXAS_DATA, else what came with the module, else what was installed beside it."""
    return _c.data_folder()


class _Record(dict):
    """A plain dict whose members are attributes, too."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Spectrum(_Record):
    """A measured spectrum: `energy_eV` (n_points), `mu` (n_points), both in the file's order, and how the file was
    understood under the names of a report's "measured": `format`, `columns`, `range_eV`, `warnings`, `description`."""

    def _repr_html_(self):
        return "<pre>%s</pre>" % _html.escape(self["description"])


class Structure(_Record):
    """A crystal: `lattice_A` (3, 3) with the cell vectors as rows, `numbers` (n_sites) atomic numbers, `fractional`
    (n_sites, 3), `formula`, `space_group`, `volume_A3`, `is_molecule`, `warnings`."""


class Prediction(_Record):
    """A predicted spectrum: `energy_eV` (n_energies), `mu` {channel: (n_energies)} normalised to an edge step of 1 of the
    first edge, `sigma` likewise its standard deviation, `sites` [{index, multiplicity, equivalent_sites, distance, mu:
    {edge: {channel: (n)}}, energy_eV: {edge: (n)}}], `outside_training`, `formula`, `n_absorbers`."""


class Simulation(_Record):
    """A simulated edge of one site: `energy_eV`, `mu`, `mu0` (n_points), 1 is the atomic background 50 eV above the Fermi
    level, `edge_eV` the photon energy of the Fermi level, `edge_step_A2`, `width_eV` of the core hole, `scf` in words."""


class Report(dict):
    """What a match found: a plain dict, the JSON report of cuxas-match (cuxas-report(5)).

    `text`, `html`, `csv`, `markdown` are the other forms of the report; `report.save("x.html")` writes the one that the
    name ends in (.txt, .json, .csv, .html, .md)."""

    def __init__(self, forms):
        super().__init__(_json.loads(forms["json"]))
        self._forms = forms

    text = property(lambda self: self._forms["text"])
    html = property(lambda self: self._forms["html"])
    csv = property(lambda self: self._forms["csv"])
    markdown = property(lambda self: self._forms["markdown"])

    def save(self, path):
        """Writes the form that the name ends in; Error for another ending or where it cannot be written."""
        form = {".txt": "text", ".json": "json", ".csv": "csv", ".html": "html", ".md": "markdown"}.get(
            _os.path.splitext(_os.fspath(path))[1].lower())
        if form is None:
            raise Error("%s: the name of a report ends in .txt, .json, .csv, .html or .md" % path)
        try:
            with open(path, "w", encoding="utf-8") as out:
                out.write(self._forms[form])
        except OSError as error:
            raise Error("%s: cannot be written: %s" % (path, error.strerror)) from None

    def _repr_html_(self):
        return ('<iframe title="Report of CuXAS" style="width:100%%;height:48em;border:1px solid #8888" srcdoc="%s">'
                "</iframe>" % _html.escape(self._forms["html"], quote=True))

    def __repr__(self):
        return self._forms["text"]


# -- what is at hand: paths, arrays, objects of other libraries --

def _curve_of(what):
    """(energy_eV, mu, name) of arrays, of a Spectrum, or of a group of xraylarch or its like; None: none of these"""
    if isinstance(what, (str, bytes, _os.PathLike)):
        return None
    name = None
    if isinstance(what, dict):
        energy, mu, name = what.get("energy_eV", what.get("energy")), what.get("mu"), what.get("path")
    elif isinstance(what, (tuple, list)) and len(what) == 2:
        energy, mu = what
    elif isinstance(what, _np.ndarray) and what.ndim == 2 and 2 in what.shape:
        energy, mu = what if what.shape[0] == 2 else what.T
    else:
        energy, mu = getattr(what, "energy", None), getattr(what, "mu", None)
        if mu is None:
            mu = getattr(what, "norm", None)
        name = getattr(what, "filename", None) or getattr(what, "label", None)
    if energy is None or mu is None:
        raise Error("%s: no spectrum: a path, (energy_eV, mu), or an object with .energy and .mu" % type(what).__name__)
    try:
        energy, mu = (_np.ascontiguousarray(a, dtype=_np.float64) for a in (energy, mu))
    except (TypeError, ValueError):
        raise Error("energies and mu are not all numbers") from None
    if energy.ndim != 1 or energy.shape != mu.shape:
        raise Error("energies have the shape %s, mu %s: both must be (n_points)" % (energy.shape, mu.shape))
    return energy, mu, str(name) if name else "array"


def _sites_json(lattice, symbols, fractional):
    return _json.dumps({"lattice": {"matrix": _np.asarray(lattice, dtype=float).tolist()},
                        "sites": [{"species": [{"element": str(s), "occu": 1}], "abc": list(map(float, f))}
                                  for s, f in zip(symbols, fractional)]})


def _structure_text(what):
    """(name, content) of an object of pymatgen or ASE, or of a Structure; None: a path"""
    if isinstance(what, (str, bytes, _os.PathLike)):
        return None
    name = type(what).__name__
    if isinstance(what, dict) and "lattice_A" in what:
        if what["is_molecule"]:
            return what["formula"], _xyz(what["numbers"], what["fractional"] @ what["lattice_A"])
        return what["formula"], _sites_json(what["lattice_A"], map(_c.symbol, what["numbers"]), what["fractional"])
    if isinstance(what, dict):  # a document of pymatgen
        return name, _json.dumps(what)
    if hasattr(what, "get_chemical_symbols") and hasattr(what, "get_positions"):  # ASE
        name = what.get_chemical_formula() if hasattr(what, "get_chemical_formula") else name
        if not _np.any(what.pbc):
            return name, _xyz(what.get_chemical_symbols(), what.get_positions())
        if not _np.all(what.pbc):
            raise Error("%s: periodic in some directions only: a cell is periodic in all three, or it is a molecule" % name)
        return name, _sites_json(what.cell[:], what.get_chemical_symbols(), what.get_scaled_positions(wrap=False))
    if hasattr(what, "lattice") and hasattr(what, "as_dict"):  # pymatgen, with its partial occupancies
        return str(getattr(what, "formula", name)), _json.dumps(what.as_dict(), default=str)
    if hasattr(what, "sites") and hasattr(what, "cart_coords"):  # pymatgen's molecule
        return str(getattr(what, "formula", name)), _xyz([site.specie.symbol for site in what.sites], what.cart_coords)
    raise Error("%s: no structure: a path, or an object of ASE or pymatgen" % name)


def _xyz(symbols, positions_A):
    rows = ["%s %.10f %.10f %.10f" % ((s if isinstance(s, str) else _c.symbol(s),) + tuple(p))
            for s, p in zip(symbols, positions_A)]
    return "%d\nmolecule\n%s\n" % (len(rows), "\n".join(rows))


def _texts(energy_column, signal, i0, scan, dataset, detection):
    return {name: None if value is None else str(value)
            for name, value in dict(energy_column=energy_column, signal_column=signal, i0_column=i0, scan=scan,
                                    dataset=dataset, detection=detection).items()}


# -- reading --

def read_spectrum(source, *, energy_column=None, signal=None, i0=None, scan=None, dataset=None, invert=False,
                  transmission=False, near_eV=932.7, detection=None):
    """A measured spectrum as it stands in the file (cuxas-formats(5) says which files).

    source         path, or the bytes of a file
    energy_column, signal, i0   columns by name or by number from 1; None: detected, i0: none
    scan, dataset  of files with several spectra: number or label; path inside HDF5
    invert         change the sign of the signal; transmission: ln(i0/signal)
    near_eV        of a file with several spectra, one that covers this energy
    detection      "TEY", "PFY", "transmission", "EELS", ...; None: as the file says

    Returns a Spectrum: energy_eV (n_points), mu (n_points), and how the file was understood."""
    text = _texts(energy_column, signal, i0, scan, dataset, detection)
    info, energy_eV, mu = _c.read_measured(source, text, invert, transmission, near_eV)
    return Spectrum(info, energy_eV=energy_eV, mu=mu)


def read_structure(source):
    """A crystal structure: of a CIF, POSCAR, XYZ or JSON file (path, "file#NAME" for one of several, or "refdb:CuO" for a
    bundled one), or of an object of pymatgen or ASE. Partial occupancies become one ordered arrangement, with a warning.

    Returns a Structure: lattice_A (3, 3), numbers (n_sites), fractional (n_sites, 3), formula, space_group, ..."""
    with _c.crystal(source, _structure_text(source)) as crystal:
        return Structure(crystal.tell())


# -- spectra of structures --

def predict(structure, *, model=None):
    """The spectrum of a structure as the model predicts it, in milliseconds.

    structure  as read_structure() takes it
    model      path of a model file; None: the bundled one

    Returns a Prediction: energy_eV (n_energies), mu {channel: (n_energies)}, sigma, sites, outside_training."""
    with _c.crystal(structure, _structure_text(structure)) as crystal:
        return Prediction(_c.predict(_c.model(model), crystal))


def simulate(structure, *, site=0, edge="L3", channel="no-hole", radius_A=None, theory="feff"):
    """An absorption edge of one site from first principles (real-space multiple scattering), in seconds to minutes.

    structure  as read_structure() takes it
    site       index of the absorber, from 0; edge "K", "L1", "L2" or "L3"
    channel    "no-hole", "screened-hole" or "projected-hole"
    radius_A   of the cluster that scatters, angstrom; None: 7
    theory     "feff" or "cuxas", see simulate.h

    Returns a Simulation: energy_eV, mu, mu0 (n_points), edge_eV, edge_step_A2, width_eV, scf."""
    if channel not in CHANNELS:
        raise Error("%s: channels are %s" % (channel, ", ".join(CHANNELS)))
    if theory not in ("feff", "cuxas"):
        raise Error("%s: theories are feff, cuxas" % theory)
    if radius_A is not None and not 1 <= radius_A <= 20:
        raise Error("a radius of %s A is not within 1 ... 20" % radius_A)
    with _c.crystal(structure, _structure_text(structure)) as crystal:
        n_sites = crystal.tell()["n_sites"]
        if not 0 <= site < n_sites:
            raise Error("there is no site %s: the structure has the sites 0 ... %d" % (site, n_sites - 1))
        return Simulation(_c.simulate(crystal, (site, CHANNELS.index(channel), radius_A or 0, theory == "cuxas"), edge))


# -- matching --

class Session:
    """Candidates against which measurements are asked; see open_session(). Used by one thread at a time."""

    def __init__(self, candidates, model, settings, calibration, progress):
        self._handle = _c.SessionHandle(_c.model(model), candidates, settings, calibration, progress)

    def identify(self, measured, *, energy_column=None, signal=None, i0=None, scan=None, dataset=None, invert=False,
                 transmission=False, near_eV=None, detection=None, merge=()):
        """Which candidates agree with a measurement, and how far can that be trusted?

        measured  path, (energy_eV, mu), an array (2, n_points), a Spectrum, a group of xraylarch or its like
        energy_column, signal, i0, dataset, invert, transmission, near_eV, detection   of a path: as read_spectrum() takes them
        scan      of a path: number or label, or a list of those that are merged
        merge     of a path: further files of the same sample, merged with it

        Returns a Report: a dict equal to the JSON report, with the page as _repr_html_(). Of a path it names the file with its
        checksum and how it was read, so that `cuxas-match --replay` can ask again."""
        curve = _curve_of(measured)
        if curve is not None:
            if any((energy_column, signal, i0, scan, dataset, invert, transmission, near_eV, detection, len(merge))):
                raise Error("columns, scans and merging are those of a file: this measurement is in memory")
            return Report(self._handle.identify(None, curve))
        scans = [str(one) for one in scan] if isinstance(scan, (list, tuple)) else []
        text = _texts(energy_column, signal, i0, None if scans else scan, dataset, detection)
        merge = [merge] if isinstance(merge, (str, bytes, _os.PathLike)) else merge
        return Report(self._handle.identify(measured, None, text, scans, merge, invert, transmission, near_eV))

    def close(self):
        """Frees the session; it cannot be asked again. Also at the end of a with-block."""
        self._handle.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def open_session(candidates=None, *, elements=None, require=None, exclude=None, mixture=None, eels=False, standards=True,
                 simulate=None, range_eV=None, pre_edge=None, smooth_eV=None, calibrate=None, unconstrained=False,
                 normalise=None, shift=None, shift_window_eV=None, shift_center_eV=None, shift_criterion=None, fwhm_eV=None,
                 hole=None, rank=None, full=None, seed=None, model=None, threads=1, progress=None):
    """A session: candidates are read and predicted once and asked as often as there are measurements.

    candidates   paths of files and folders, "refdb:NAME" for bundled ones; None: all bundled structures
    elements     "Cu,O": only structures of these elements; require: with all of them; exclude: with none of them
    mixture      describe the measurement as a sum of up to so many predictions and of measured spectra; 0: do not; None: as
                 a sum of two measured spectra
    standards    False: ask nothing that is bundled beside the candidates, neither measured spectra nor p-values
    simulate     simulations of so many of the best structures beside predictions; None: those that are bundled, and of the
                 best five without one those that take about 10 s together
    eels         energy-loss spectra, also where the file does not say so
    range_eV     (low, high): only these photon energies are compared; None: all that is measured and predicted
    pre_edge     what is taken off before: "line" or "power", fitted up to 928 eV, or ("line", low, high); "none"; None or
                 "auto": a line where the curve falls or rises before its edge
    smooth_eV    width of the smoothing; None: 0.2
    calibrate    (scan, compound) or "scan=compound": the energy axis of all measurements is moved so that this scan of the same
                 beam time agrees with the spectrum of its compound, a file or the name of a bundled one ("CuO_TEY")
    unconstrained   with elements, require or exclude: also rank all candidates
    normalise    both curves: "minmax", "edge", "area" or "none"; None: "minmax"
    shift        of the predictions: "fit", "common", or eV; shift_window_eV, shift_center_eV: where it is sought;
                 shift_criterion: "score" or "mae"
    fwhm_eV, hole   broadening and weight of the projected core hole: a number, or "fit"; None: as the model needs them
    rank         "score" or "agreement"; full: so many of the best predictions are compared in full, "all"; seed: of bootstraps
    progress     called as progress(what, n_done, n_total) with what in "background", "predicting", "standards", "simulating",
                 "comparing"; what it raises ends the question and is raised again, such as KeyboardInterrupt

    Returns a Session."""
    if isinstance(candidates, (str, bytes, _os.PathLike)):
        candidates = [candidates]
    settings = dict(eels=bool(eels), threads=threads)
    if simulate is not None:
        settings["simulate"] = simulate
    if range_eV is not None:
        settings["range"] = [float(end) for end in range_eV]
    if pre_edge is not None:
        settings["pre_edge"] = [pre_edge] if isinstance(pre_edge, str) else [pre_edge[0], *map(float, pre_edge[1:])]
    if smooth_eV is not None:
        settings["smooth"] = float(smooth_eV)
    if mixture is not None:
        settings["mixture"] = mixture
    settings["unconstrained"] = bool(unconstrained)
    for name, value in dict(normalise=normalise, shift=shift, shift_window=shift_window_eV, shift_center=shift_center_eV,
                            shift_criterion=shift_criterion, fwhm=fwhm_eV, hole=hole, rank=rank, seed=seed,
                            full=0 if full == "all" else full).items():
        if value is not None:
            settings[name] = value if isinstance(value, str) else float(value)
    if standards:
        settings["data"] = _c.data_folder()
    for name, value in dict(elements=elements, require=require, exclude=exclude).items():
        if value is not None:
            settings[name] = value if isinstance(value, str) else ",".join(value)
    calibration = (None, None, None)
    if calibrate is not None:
        pair = calibrate.rpartition("=")[::2] if isinstance(calibrate, str) else calibrate
        if len(pair) != 2 or not all(pair):
            raise Error("calibrate is (scan, compound), or \"scan=compound\"")
        calibration = _c.calibration(*pair)
    return Session(candidates, model, settings, calibration, progress)


def identify(measured, candidates=None, **options):
    """Which copper compound was measured? open_session() and its identify() in one call, with the options of both.

        >>> identify("scan.dat", elements="Cu,O", signal="TEY", i0="I0", merge=["scan2.dat"])

    Returns a Report."""
    of_session = {name: options.pop(name) for name in list(options) if name in open_session.__kwdefaults__}
    with open_session(candidates, **of_session) as session:
        return session.identify(measured, **options)
