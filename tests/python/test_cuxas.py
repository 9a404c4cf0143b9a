"""The Python module: what it hands out equals what the programs write, and mistakes are one line."""
import json
import os
import subprocess
import tempfile
import threading
import time
import types
import unittest

import numpy as np

import cuxas

SCAN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "01-match", "Cu2O.csv")
SCAN = os.path.normpath(SCAN)
PROGRAMS = os.path.join(os.environ["CUXAS_STAGE"], "bin")
try:
    import ase
    import ase.build
    import ase.io
except ImportError:
    ase = None


def program(name, *arguments):
    done = subprocess.run([os.path.join(PROGRAMS, name), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True)
    return done.stdout, done.stderr, done.returncode


class Reading(unittest.TestCase):
    def test_a_file_is_read_as_it_stands(self):
        spectrum = cuxas.read_spectrum(SCAN)
        rows = np.loadtxt(SCAN, delimiter=",", skiprows=8)
        np.testing.assert_array_equal(spectrum.energy_eV, rows[:, 0])
        np.testing.assert_array_equal(spectrum.mu, rows[:, 1])
        self.assertEqual(spectrum["format"], "text")

    def test_bytes_are_read_as_their_file(self):
        with open(SCAN, "rb") as file:
            spectrum = cuxas.read_spectrum(file.read())
        np.testing.assert_array_equal(spectrum.mu, cuxas.read_spectrum(SCAN).mu)

    def test_the_signal_may_be_chosen_and_turned(self):
        text = b"energy a b\n" + b"".join(b"%d %d %d\n" % (920 + i, i, 2 * i + 1) for i in range(60))
        self.assertEqual(list(cuxas.read_spectrum(text, signal="b").mu[:3]), [1, 3, 5])
        self.assertEqual(list(cuxas.read_spectrum(text, signal=2, invert=True).mu[:3]), [0, -1, -2])

    def test_a_message_is_the_one_of_the_programs(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "no.csv")
            with open(path, "w") as file:
                file.write("hello\n")
            for wrong in (path, os.path.join(folder, "none.csv")):
                with self.assertRaises(cuxas.Error) as raised:
                    cuxas.read_spectrum(wrong)
                self.assertEqual("cuxas-match: %s\n" % raised.exception, program("cuxas-match", wrong)[1])
                self.assertNotIn("\n", str(raised.exception))

    def test_a_bundled_name_is_a_spectrum_or_a_structure_as_it_is_asked_for(self):
        self.assertGreater(cuxas.read_spectrum("refdb:CuO").n_points, 100)
        self.assertEqual(cuxas.read_structure("refdb:CuO").formula, "CuO")
        self.assertIn("Cu2O", cuxas.identify("refdb:Cu2O", "refdb:Cu2O", calibrate=("refdb:CuO", "CuO"), simulate=0)["candidates"][0]["name"])
        with self.assertRaisesRegex(cuxas.Error, "not among the bundled data"):
            cuxas.read_spectrum("refdb:unobtainium")

    def test_a_structure_keeps_its_sites(self):
        structure = cuxas.read_structure("refdb:Cu2O")
        self.assertEqual((structure.formula, structure.space_group, structure.fractional.shape), ("Cu2O", "Pn-3m", (6, 3)))
        again = cuxas.read_structure(structure)
        np.testing.assert_allclose(again.lattice_A, structure.lattice_A, atol=1e-12)
        np.testing.assert_allclose(again.fractional, structure.fractional, atol=1e-12)


class Objects(unittest.TestCase):
    @unittest.skipIf(ase is None, "no ase (apt-get install python3-ase)")
    def test_atoms_of_ase_are_the_file_they_came_from(self):
        path = os.path.join(cuxas.data_folder(), "structures", "CuO.cif")
        atoms = ase.io.read(path)
        own, theirs = cuxas.predict(path), cuxas.predict(atoms)
        np.testing.assert_allclose(own.mu["no-hole"], theirs.mu["no-hole"], atol=1e-4)

    @unittest.skipIf(ase is None, "no ase (apt-get install python3-ase)")
    def test_molecules_of_ase_are_molecules_and_slabs_are_refused(self):
        self.assertTrue(cuxas.read_structure(ase.build.molecule("H2O")).is_molecule)
        with self.assertRaisesRegex(cuxas.Error, "some directions only"):
            cuxas.read_structure(ase.build.fcc111("Cu", (1, 1, 2), vacuum=5))

    def test_structures_of_pymatgen_are_known_by_their_attributes(self):
        lattice = [[3.6, 0, 0], [0, 3.6, 0], [0, 0, 3.6]]
        document = {"@module": "pymatgen.core.structure", "lattice": {"matrix": lattice},
                    "sites": [{"species": [{"element": "Cu", "occu": 1}], "abc": xyz}
                              for xyz in ([0, 0, 0], [.5, .5, 0], [.5, 0, .5], [0, .5, .5])]}
        like = types.SimpleNamespace(lattice=lattice, as_dict=lambda: document, formula="Cu4")
        self.assertEqual(cuxas.read_structure(like).space_group, "Fm-3m")

    def test_groups_of_xraylarch_are_known_by_their_attributes(self):
        spectrum = cuxas.read_spectrum(SCAN)
        group = types.SimpleNamespace(energy=spectrum.energy_eV, mu=spectrum.mu, filename="group.dat")
        with cuxas.open_session("refdb:structures", elements="Cu,O") as session:
            report = session.identify(group)
            self.assertEqual(report["measured"]["path"], "group.dat")
            self.assertEqual(report["candidates"], session.identify((spectrum.energy_eV, spectrum.mu))["candidates"])

    def test_what_is_neither_is_told(self):
        for wrong in (3, object(), (np.arange(3.), np.arange(4.)), ("a", "b")):
            with self.assertRaises(cuxas.Error):
                cuxas.identify(wrong, "refdb:structures")
        with self.assertRaises(cuxas.Error):
            cuxas.read_structure(3)


class Spectra(unittest.TestCase):
    def test_a_prediction_is_that_of_the_program(self):
        prediction = cuxas.predict("refdb:Cu2S")
        path = os.path.join(cuxas.data_folder(), "structures", "Cu2S.cif")
        rows = [row.split(",") for row in program("cuxas-predict", "--hole", "1", path)[0].splitlines()[1:]]
        np.testing.assert_allclose(prediction.energy_eV, [float(row[1]) for row in rows], atol=1e-6)
        np.testing.assert_allclose(prediction.mu["no-hole"], [float(row[2]) for row in rows], atol=1e-6)

    def test_the_spectrum_is_the_mean_of_its_sites(self):
        prediction = cuxas.predict("refdb:Cu2S")
        self.assertEqual(sum(site["multiplicity"] for site in prediction.sites), prediction.n_absorbers)
        mean = sum(site["multiplicity"] * site["mu"]["L3"]["no-hole"] for site in prediction.sites) / prediction.n_absorbers
        n = 40  # below the second edge both are the same
        np.testing.assert_allclose(mean[:n], prediction.mu["no-hole"][:n], atol=2e-2)

    def test_a_simulation_has_an_edge_at_the_fermi_level(self):
        simulation = cuxas.simulate("refdb:Cu", radius_A=3)
        below, above = simulation.energy_eV < simulation.edge_eV - 5, simulation.energy_eV > simulation.edge_eV + 40
        self.assertLess(simulation.mu[below].max() if below.any() else 0, 0.2)
        self.assertLess(abs(simulation.mu[above].mean() - 1), 0.2)

    def test_wrong_questions_are_told(self):
        for wrong in (dict(site=99), dict(edge="M9"), dict(channel="none"), dict(radius_A=-1), dict(theory="x")):
            with self.assertRaises(cuxas.Error, msg=str(wrong)):
                cuxas.simulate("refdb:Cu", **wrong)
        with self.assertRaisesRegex(cuxas.Error, "not among the bundled"):
            cuxas.predict("refdb:unobtainium")


class Matching(unittest.TestCase):
    def compare_reports(self, scan, options, **asked):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.json")
            structures = os.path.join(cuxas.data_folder(), "structures")
            program("cuxas-match", *options, "--quiet", "--json", path, scan, structures)
            with open(path) as file:
                written = json.load(file)
        report = cuxas.identify(scan, structures, **asked)
        for name in set(written) | set(report):
            if name not in ("tool", "settings", "command"):
                self.assertEqual(json.dumps(report[name]), json.dumps(written[name]), name)
        for name, value in report["settings"].items():
            if name != "elements":
                self.assertEqual(value, written["settings"][name], name)
        return report, structures

    def test_a_report_is_the_one_of_the_program(self):
        report, structures = self.compare_reports(SCAN, ["--elements", "Cu,O"], elements="Cu,O")
        self.assertEqual(report["command"], ["cuxas-match", "--elements", "O,Cu", SCAN, structures])

    def write_columns(self, folder, name, shift_eV=0):
        rows = np.loadtxt(SCAN, delimiter=",", skiprows=8)[:, :2]
        path = os.path.join(folder, name)
        with open(path, "w") as file:
            file.write("energy flat dip i0\n")
            for energy, mu in rows:
                file.write("%.6f 1 %.9f 2\n" % (energy + shift_eV, 5 - 2 * mu))
        return path

    def test_a_file_read_otherwise_keeps_its_checksum_and_is_replayed(self):
        with tempfile.TemporaryDirectory() as folder:
            path, other = self.write_columns(folder, "a.dat"), self.write_columns(folder, "b.dat", 0.01)
            report, _ = self.compare_reports(path, ["--signal", "dip", "--i0", "4", "--invert", "--elements", "Cu,O"],
                                             signal="dip", i0=4, invert=True, elements="Cu,O")
            self.assertEqual(len(report["measured"]["sha256"]), 64)
            self.assertEqual(report["candidates"][0]["name"], "Cu2O")
            self.assertEqual(report["settings"]["signal"], "dip")
            merged, _ = self.compare_reports(path, ["--signal", "3", "--invert", "--merge", other, "--range", "920:960"],
                                             signal=3, invert=True, merge=[other], range_eV=(920, 960))
            self.assertEqual(len(merged["measured"]["merged"]), 2)
            written = os.path.join(folder, "report.json")
            cuxas.identify(path, os.path.join(cuxas.data_folder(), "structures"), signal="dip", invert=True, merge=other,
                           pre_edge=("line", 920, 928), simulate=0, standards=False).save(written)
            told = program("cuxas-match", "--replay", written)
            self.assertIn("identical", told[0], told)

    def test_the_energy_axis_is_tied_to_a_scan_whose_compound_is_known(self):
        with tempfile.TemporaryDirectory() as folder:
            path = self.write_columns(folder, "a.dat", 1.2)
            moved = os.path.join(folder, "moved.csv")
            spectrum = cuxas.read_spectrum(path, signal="dip", invert=True)
            np.savetxt(moved, np.transpose([spectrum.energy_eV, spectrum.mu]), delimiter=",")
            tied = "%s=Cu2O" % moved
            report, _ = self.compare_reports(moved, ["--calibrate", tied], calibrate=tied)
            self.assertEqual(report["settings"]["calibrate"], tied)
            self.assertRegex(report.text, r"on an axis moved by -1\.[12]")
            written = os.path.join(folder, "report.json")
            cuxas.identify(moved, "refdb:structures", calibrate=(moved, "Cu2O"), simulate=0).save(written)
            told = program("cuxas-match", "--replay", written)
            self.assertIn("identical", told[0], told)
            for wrong in ((moved, "Cu"), (moved, "unobtainium"), "moved.csv", (os.path.join(folder, "none"), "Cu2O"), ("a",)):
                with self.assertRaises(cuxas.Error, msg=str(wrong)) as raised:
                    cuxas.identify(moved, "refdb:structures", calibrate=wrong)
                self.assertNotIn("\n", str(raised.exception))

    def test_comparisons_are_asked_as_the_program_does(self):
        self.compare_reports(SCAN, ["--normalise", "edge", "--fwhm", "0.5", "--hole", "0.5", "--shift", "-2", "--seed", "3"],
                             normalise="edge", fwhm_eV=0.5, hole=0.5, shift=-2, seed=3)
        self.compare_reports(SCAN, ["--shift-window", "4", "--shift-center", "-1", "--rank", "agreement", "--full", "all",
                                    "--elements", "Cu,O", "--unconstrained"],
                             shift_window_eV=4, shift_center_eV=-1, rank="agreement", full="all", elements="Cu,O",
                             unconstrained=True)
        self.compare_reports(SCAN, ["--shift-criterion", "mae"], shift_criterion="mae")
        for wrong in (dict(normalise="x"), dict(shift="x"), dict(hole=2), dict(fwhm_eV="wide"), dict(rank="x"), dict(full=-1),
                      dict(shift_window_eV=-1)):
            with self.assertRaises(cuxas.Error, msg=str(wrong)) as raised:
                cuxas.identify(SCAN, "refdb:structures", **wrong)
            self.assertNotIn("\n", str(raised.exception))

    def test_what_is_asked_of_a_measurement_is_checked(self):
        for wrong in (dict(range_eV=(940, 930)), dict(pre_edge="spline"), dict(pre_edge=("line", 928, 920)),
                      dict(signal="nothing"), dict(scan=["1", "x"]), dict(merge=["none.csv"])):
            with self.assertRaises(cuxas.Error, msg=str(wrong)) as raised:
                cuxas.identify(SCAN, "refdb:structures", **wrong)
            self.assertNotIn("\n", str(raised.exception))
        with self.assertRaisesRegex(cuxas.Error, "in memory"):
            cuxas.identify((np.arange(920., 960, 0.1), np.ones(400)), "refdb:structures", signal=2)
        with self.assertRaisesRegex(TypeError, "colour"):
            cuxas.identify(SCAN, "refdb:structures", colour="red")

    def test_energy_losses_are_asked_as_the_program_does(self):
        report, _ = self.compare_reports(SCAN, ["--eels"], eels=True)
        self.assertEqual(report["settings"]["smooth"], 0.3)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "loss.msa") # which says by itself what it is
            rows = np.loadtxt(SCAN, delimiter=",", skiprows=8)[:, :2]
            with open(path, "w") as file:
                file.write("#FORMAT : EMSA/MAS Spectral Data File\n#VERSION : 1.0\n#NPOINTS : %d\n#DATATYPE : XY\n#XUNITS : eV\n"
                           "#SIGNALTYPE : ELS\n#SPECTRUM : loss\n" % len(rows))
                for energy, mu in rows:
                    file.write("%.17g, %.17g\n" % (energy, mu))
                file.write("#ENDOFDATA :\n")
            report, _ = self.compare_reports(path, [])
        self.assertEqual(report["settings"]["shift-window"], 8)

    def test_the_program_replays_a_report(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.json")
            structures = os.path.join(cuxas.data_folder(), "structures")
            cuxas.identify(SCAN, structures, require="O", mixture=0, standards=False).save(path)
            told = program("cuxas-match", "--replay", path)
            self.assertIn("identical", told[0], told)

    def test_a_report_is_a_plain_dict_and_a_page(self):
        report = cuxas.identify(SCAN, "refdb:structures")
        self.assertEqual(json.loads(json.dumps(report)), report)
        self.assertIn("srcdoc=", report._repr_html_())
        self.assertIn("<!DOCTYPE html>", report.html)
        self.assertTrue(repr(report).startswith("Answer"))
        with tempfile.TemporaryDirectory() as folder:
            report.save(os.path.join(folder, "a.html"))
            self.assertGreater(os.path.getsize(os.path.join(folder, "a.html")), 10000)
            with self.assertRaises(cuxas.Error):
                report.save(os.path.join(folder, "a.xyz"))

    def test_progress_is_told_and_its_exceptions_arrive(self):
        seen = []
        cuxas.identify(SCAN, "refdb:structures", progress=lambda what, n_done, n_total: seen.append((what, n_done, n_total)))
        self.assertIn("predicting", [what for what, _, _ in seen])
        self.assertTrue(all(0 <= n_done <= n_total for _, n_done, n_total in seen))

        seen = []

        def stop(what, *_):
            seen.append(what)
            raise KeyboardInterrupt
        with cuxas.open_session("refdb:structures", progress=stop) as session:
            with self.assertRaises(KeyboardInterrupt):
                session.identify(SCAN)
            self.assertLess(len(seen), 4)  # and ends what is going on

    def test_elements_are_checked(self):
        with self.assertRaisesRegex(cuxas.Error, "Xx"):
            cuxas.identify(SCAN, elements="Cu,Xx")

    def test_python_goes_on_while_c_works(self):
        ticks, stop = [], threading.Event()

        def tick():
            while not stop.is_set():
                ticks.append(time.perf_counter())
                time.sleep(0.001)
        clock = threading.Thread(target=tick)
        clock.start()
        most = 0
        for _ in range(100):  # on a busy machine the other thread may get no turn in the first call
            start = time.perf_counter()
            cuxas.simulate("refdb:Cu", radius_A=4)
            end = time.perf_counter()
            most = max(most, sum(start < t < end for t in ticks))
            if most > 3:
                break
        stop.set()
        clock.join()
        self.assertGreater(most, 3)

    def test_a_closed_session_says_so(self):
        session = cuxas.open_session("refdb:structures")
        session.close()
        session.close()
        with self.assertRaisesRegex(cuxas.Error, "closed"):
            session.identify(SCAN)


if __name__ == "__main__":
    unittest.main()
