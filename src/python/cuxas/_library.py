"""The shared library by ctypes: handles, arrays and text across the border. Everything public is in __init__.py."""
import contextlib
import ctypes
import functools
import json
import os
from ctypes import POINTER, byref, c_bool, c_char_p, c_double, c_int, c_size_t, c_void_p

import numpy as np

_HERE = os.path.dirname(os.path.abspath(__file__))
lib = ctypes.CDLL(os.path.join(_HERE, "_bridge.so"))

_FORMATS = ("text", "json", "csv", "html", "markdown")  # cuxas_result_format
_STATUS = ("", "EIO", "EFORMAT", "ERANGE", "EUNSUPPORTED", "ENOMEM", "EEXIST", "ENUMERIC")
_SYMBOLS = ("H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr "
            "Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir "
            "Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl "
            "Mc Lv Ts Og").split()


def symbol(atomic_number):
    return _SYMBOLS[int(atomic_number) - 1]


class Error(Exception):
    """What cannot be done, in one line: file, line where there is one, reason. `kind` is the library's status."""

    def __init__(self, message, kind="ERANGE"):
        super().__init__(message)
        self.kind = kind


class _CError(ctypes.Structure):
    _fields_ = [("status", c_int), ("message", ctypes.c_char * 1024)]


class _How(ctypes.Structure):
    _fields_ = [("energy_column", c_char_p), ("signal_column", c_char_p), ("i0_column", c_char_p), ("invert", c_bool),
                ("transmission", c_bool), ("scan", c_char_p), ("dataset", c_char_p), ("near_eV", c_double),
                ("detection", c_char_p)]


PROGRESS = ctypes.CFUNCTYPE(None, c_char_p, c_size_t, c_size_t, c_void_p)


def _declare(name, result, *arguments):
    function = getattr(lib, name)
    function.restype, function.argtypes = result, arguments


_handle, _text = POINTER(c_void_p), POINTER(c_void_p)
_declare("cuxas_version", c_char_p)
_declare("cuxas_python_error_size", c_size_t)
_declare("cuxas_python_how_size", c_size_t)
_declare("cuxas_python_free", None, c_void_p)
_declare("cuxas_python_blas_threads", c_int, c_int)
_declare("cuxas_python_read", c_int, c_char_p, c_char_p, c_size_t, POINTER(_How), _handle, _text, POINTER(_CError))
_declare("cuxas_python_n_point", c_size_t, c_void_p)
_declare("cuxas_python_curve", None, c_void_p, c_void_p, c_void_p)
_declare("cuxas_spectrum_free", None, c_void_p)
_declare("cuxas_crystal_read", c_int, c_char_p, _handle, POINTER(_CError))
_declare("cuxas_crystal_from_memory", c_int, c_char_p, c_char_p, c_size_t, _handle, POINTER(_CError))
_declare("cuxas_crystal_free", None, c_void_p)
_declare("cuxas_python_crystal", c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)
_declare("cuxas_model_read", c_int, c_char_p, _handle, POINTER(_CError))
_declare("cuxas_python_model", c_void_p, c_void_p)
_declare("cuxas_predict_crystal", c_int, c_void_p, c_void_p, _handle, POINTER(_CError))
_declare("cuxas_prediction_free", None, c_void_p)
_declare("cuxas_python_prediction", c_void_p, c_void_p, c_void_p)
_declare("cuxas_python_predicted", c_void_p, c_void_p, c_int, c_bool)
_declare("cuxas_python_site", c_void_p, c_void_p, c_void_p, c_size_t, c_size_t, c_int)
_declare("cuxas_python_simulate", c_int, c_void_p, POINTER(c_double), c_char_p, _handle, POINTER(_CError))
_declare("cuxas_python_simulated", c_void_p, c_void_p, c_size_t, c_int)
_declare("cuxas_python_simulation", c_void_p, c_void_p)
_declare("cuxas_simulation_free", None, c_void_p)
_declare("cuxas_python_session", c_int, c_void_p, POINTER(c_char_p), c_size_t, c_char_p,
         POINTER(c_char_p), _handle, POINTER(_CError))
_declare("cuxas_session_watch", None, c_void_p, PROGRESS, c_void_p)
_declare("cuxas_session_stop", None, c_void_p)
_declare("cuxas_python_identify", c_int, c_void_p, POINTER(c_char_p), POINTER(c_size_t), POINTER(c_char_p), POINTER(_How),
         _handle, POINTER(_CError))
_declare("cuxas_session_identify_curve", c_int, c_void_p, c_char_p, c_void_p, c_void_p, c_size_t, _handle,
         POINTER(_CError))
_declare("cuxas_session_free", None, c_void_p)
_declare("cuxas_result_free", None, c_void_p)
_declare("cuxas_python_report", c_int, c_void_p, c_int, _text, POINTER(c_size_t), POINTER(_CError))
if (lib.cuxas_python_error_size(), lib.cuxas_python_how_size()) != (ctypes.sizeof(_CError), ctypes.sizeof(_How)):
    raise ImportError("cuxas: module and library are not of the same release")


def call(function, *arguments):
    """A C function whose last argument is the error, which is raised. BLAS has one thread meanwhile, as in the programs: the
    digits are theirs; numpy, which may share it, gets its own number back."""
    error = _CError()
    n_before = lib.cuxas_python_blas_threads(1)
    try:
        status = function(*arguments, byref(error))
    finally:
        lib.cuxas_python_blas_threads(n_before)
    if status != 0:
        kind = _STATUS[error.status] if error.status < len(_STATUS) else "?"
        raise Error(error.message.decode("utf-8", "replace"), kind)


def _take_json(address):
    if not address:
        raise MemoryError
    try:
        return json.loads(ctypes.string_at(address))
    finally:
        lib.cuxas_python_free(address)


def _array(address, n):
    """A copy of n doubles; None where there are none"""
    if not address:
        return None
    return np.ctypeslib.as_array(ctypes.cast(address, POINTER(c_double)), shape=(n,)).copy()


def _path(path):
    path = os.fspath(path)
    return path if isinstance(path, bytes) else os.fsencode(path)


# -- bundled data --

def data_folder():
    chosen = os.environ.get("CUXAS_DATA")
    if chosen:
        return chosen
    up = os.path.join(_HERE, *[".."] * 4)  # PREFIX/lib/python3/dist-packages/cuxas, build/python/cuxas
    for folder in (os.path.join(_HERE, "data"), os.path.join(up, "share", "cuxas"),
                   os.path.join(_HERE, "..", "..", "..", "refdb")):
        if os.path.isfile(os.path.join(folder, "models", "cu-l23.cuxas")):
            return os.path.normpath(folder)
    raise Error("no bundled data beside the module ($CUXAS_DATA says where they are)", "EIO")


def resolve(path, is_measured=False):
    """"refdb:NAME" is a file or folder of the bundled data, or a bundled structure or spectrum by its name alone: of two of one
    name the one that is asked for"""
    path = os.fspath(path)
    if not isinstance(path, str) or not path.startswith("refdb:"):
        return path
    name, folder = path[len("refdb:"):], data_folder()
    tries = ["%s/%s%s" % (f, name, s) for f, s in (("structures", ".cif"), ("candidates", ".cif"), ("spectra", ".csv"))]
    tries = [name] + (tries[::-1] if is_measured else tries)
    for candidate in tries:
        if os.path.exists(os.path.join(folder, candidate)):
            return os.path.join(folder, candidate)
    raise Error("%s: not among the bundled data in %s" % (path, folder), "EIO")


class _Model:
    def __init__(self, path):
        handle = c_void_p()
        call(lib.cuxas_model_read, _path(path), byref(handle))
        self.handle = handle  # lives as long as the process, as sessions and results point to it
        self.about = _take_json(lib.cuxas_python_model(handle))


@functools.lru_cache(maxsize=None)
def _model_at(path, _changed):
    return _Model(path)


def model(path=None):
    path = os.fspath(path) if path is not None else os.path.join(data_folder(), "models", "cu-l23.cuxas")
    try:
        changed = os.stat(path).st_mtime_ns
    except OSError:
        changed = 0  # reading it will tell
    return _model_at(path, changed)


# -- measured files --

def read_measured(source, text, invert, transmission, near_eV):
    how = _How(invert=invert, transmission=transmission, near_eV=near_eV or 0,
               **{name: value.encode() if value is not None else None for name, value in text.items()})
    spectrum, info = c_void_p(), c_void_p()
    if isinstance(source, (bytes, bytearray, memoryview)):
        source = bytes(source)
        arguments = (b"bytes", source, len(source))
    else:
        try:
            arguments = (_path(resolve(source, True)), None, 0)
        except TypeError:
            raise Error("%s: neither a path nor bytes" % type(source).__name__) from None
    call(lib.cuxas_python_read, *arguments, byref(how), byref(spectrum), byref(info))
    try:
        about = _take_json(info.value)
        energy_eV, mu = np.empty(lib.cuxas_python_n_point(spectrum)), np.empty(lib.cuxas_python_n_point(spectrum))
        lib.cuxas_python_curve(spectrum, energy_eV.ctypes.data, mu.ctypes.data)
    finally:
        lib.cuxas_spectrum_free(spectrum)
    return about, energy_eV, mu


# -- crystals --

class _Crystal:
    def __init__(self, handle):
        self.handle = handle

    def tell(self):
        about = _take_json(lib.cuxas_python_crystal(self.handle, None, None, None))
        n = about["n_sites"]
        lattice_A, numbers, fractional = np.empty((3, 3)), np.empty(n, dtype=np.intc), np.empty((n, 3))
        _take_json(lib.cuxas_python_crystal(self.handle, lattice_A.ctypes.data, numbers.ctypes.data,
                                            fractional.ctypes.data))
        about.update(lattice_A=lattice_A, numbers=numbers, fractional=fractional)
        return about


@contextlib.contextmanager
def crystal(source, content):
    """content: (name, text) of an object; None: source is a path"""
    handle = c_void_p()
    if content is None:
        call(lib.cuxas_crystal_read, _path(resolve(source)), byref(handle))
    else:
        text = content[1].encode()
        call(lib.cuxas_crystal_from_memory, content[0].encode(), text, len(text), byref(handle))
    try:
        yield _Crystal(handle)
    finally:
        lib.cuxas_crystal_free(handle)


def _grid(about):
    return about["start_eV"] + about["step_eV"] * np.arange(about["n_energies"])


def predict(of_model, from_crystal):
    from . import CHANNELS
    handle = c_void_p()
    call(lib.cuxas_predict_crystal, of_model.handle, from_crystal.handle, byref(handle))
    try:
        about = _take_json(lib.cuxas_python_prediction(handle, of_model.handle))
        for name in ("mu", "sigma"):
            curves = {channel: _array(lib.cuxas_python_predicted(handle, i, name == "sigma"), about["n_energies"])
                      for i, channel in enumerate(CHANNELS)}
            about[name] = {channel: curve for channel, curve in curves.items() if curve is not None}
        edges = of_model.about["edges"]
        for i_site, site in enumerate(about["sites"]):
            site["energy_eV"] = {edge["name"]: _grid(edge) for edge in edges}
            site["mu"] = {}
            for i_edge, edge in enumerate(edges):
                curves = {channel: _array(lib.cuxas_python_site(handle, of_model.handle, i_site, i_edge, i),
                                          edge["n_energies"]) for i, channel in enumerate(CHANNELS)}
                site["mu"][edge["name"]] = {c: curve for c, curve in curves.items() if curve is not None}
    finally:
        lib.cuxas_prediction_free(handle)
    about["energy_eV"] = _grid(about)
    about["model"] = {name: of_model.about[name] for name in ("name", "sha256", "element")}
    for name in ("start_eV", "step_eV", "n_energies"):
        del about[name]
    return about


def simulate(from_crystal, choice, edge):
    handle = c_void_p()
    call(lib.cuxas_python_simulate, from_crystal.handle, (c_double * 4)(*choice), edge.encode(), byref(handle))
    try:
        about = _take_json(lib.cuxas_python_simulation(handle))
        for i, name in enumerate(("energy_eV", "mu", "mu0")):
            about[name] = _array(lib.cuxas_python_simulated(handle, 0, i), about["n_points"])
    finally:
        lib.cuxas_simulation_free(handle)
    return about


# -- sessions --

def calibration(scan, compound):
    """The two files, and how reports call them; a compound is a file, or a bundled spectrum by its name"""
    path = os.fspath(compound)
    bundled = os.path.join(data_folder(), "spectra", os.fsdecode(path) + ".csv")
    spectrum = resolve(path, True) if os.path.exists(resolve(path, True)) else bundled
    if not os.path.isfile(spectrum):
        raise Error("calibrate: no spectrum of '%s' is bundled, nor is it a file" % os.fsdecode(path), "EIO")
    return _path(resolve(scan, True)), _path(spectrum), _path(scan) + b"=" + _path(path)


class SessionHandle:
    def __init__(self, of_model, candidates, settings, calibration, progress):
        if candidates is None:
            candidates = ["refdb:structures", "refdb:candidates"]
        paths = [_path(resolve(path)) for path in candidates]
        self.handle = c_void_p()
        self._calibration = (c_char_p * 3)(*calibration)  # C goes on to read it
        call(lib.cuxas_python_session, of_model.handle, (c_char_p * len(paths))(*paths), len(paths),
             json.dumps(settings).encode(), self._calibration, byref(self.handle))
        self._failure = None
        self._callback = PROGRESS()
        if progress is not None:
            self._callback = PROGRESS(functools.partial(self._tell, progress))
            lib.cuxas_session_watch(self.handle, self._callback, None)

    def _tell(self, progress, what, n_done, n_total, _user):
        if self._failure is None:
            try:
                progress(what.decode(), n_done, n_total)
            except BaseException as failure:  # C cannot pass it on: it ends, then this is raised
                self._failure = failure
                lib.cuxas_session_stop(self.handle)

    def identify(self, path, curve, text=None, scans=(), merge=(), invert=False, transmission=False, near_eV=None):
        """Of a curve, or of a path with what read_measured() takes, its scans and the files to be merged with it"""
        if not self.handle:
            raise Error("the session is closed")
        result = c_void_p()
        self._failure = None
        try:
            self._ask(result, path, curve, text or {}, scans, merge, (invert, transmission, near_eV))
        except Error:
            if self._failure is not None:
                raise self._failure from None
            raise
        try:
            forms = {name: self._report(result, i) for i, name in enumerate(_FORMATS)}
        finally:
            lib.cuxas_result_free(result)
        if self._failure is not None:
            raise self._failure
        return forms

    def _ask(self, result, path, curve, text, scans, merge, how):
        if curve is None:
            paths = [_path(resolve(one, True)) for one in (path, *merge)]
            scans = [scan.encode() for scan in scans]
            options = _How(invert=how[0], transmission=how[1], near_eV=how[2] or 0,
                           **{name: value.encode() if value is not None else None for name, value in text.items()})
            call(lib.cuxas_python_identify, self.handle, (c_char_p * len(paths))(*paths), (c_size_t * 2)(len(paths), len(scans)),
                 (c_char_p * max(1, len(scans)))(*scans), byref(options), byref(result))
        else:
            energy_eV, mu, name = curve
            call(lib.cuxas_session_identify_curve, self.handle, name.encode(), energy_eV.ctypes.data, mu.ctypes.data,
                 energy_eV.size, byref(result))

    @staticmethod
    def _report(result, form):
        text, n_byte = c_void_p(), c_size_t()
        try:
            call(lib.cuxas_python_report, result, form, byref(text), byref(n_byte))
            return ctypes.string_at(text, n_byte.value).decode()
        finally:
            lib.cuxas_python_free(text)

    def close(self):
        lib.cuxas_session_free(self.handle)
        self.handle = c_void_p()

    def __del__(self):
        if getattr(self, "handle", None):
            self.close()
