# %% [markdown]
# What copper did I measure? CuXAS in a notebook: every cell below runs as it stands, in Jupyter (open this file with jupytext,
# or paste the cells) and as `python3 notebook.py`. Energies are in eV, lengths in angstrom, arrays are numpy's.

# %%
import os

import numpy as np

import cuxas

here = os.path.dirname(os.path.abspath(__file__))
scan = os.path.join(here, "..", "01-match", "Cu2O.csv")

# %% [markdown]
# How was the file understood?

# %%
spectrum = cuxas.read_spectrum(scan)
print("%d points from %.1f to %.1f eV, highest at %.1f eV" % (
    spectrum.n_points, *spectrum.range_eV, spectrum.energy_eV[np.argmax(spectrum.mu)]))

# %% [markdown]
# What is it? With nothing known of the sample, and with its elements. In Jupyter a report as the last line of a cell shows the
# page with its figures.

# %%
session = cuxas.open_session()
print(session.identify(scan)["answer"]["sentence"])

# %%
report = cuxas.identify(scan, elements="Cu,O")
print(report["answer"]["sentence"])
report

# %% [markdown]
# The report is a plain dict, the same as `cuxas-match --json` writes.

# %%
for hit in report["candidates"][:3]:
    print("%d  %-6s score %.1f" % (hit["rank"], hit["name"], hit["score"]))

# %% [markdown]
# Numbers of one's own: a merged scan, a difference, what another program prepared. Groups of xraylarch go as they are.

# %%
shifted = spectrum.energy_eV + 0.3
print(session.identify((shifted, spectrum.mu))["answer"]["kind"])

# %% [markdown]
# Spectra of structures: of files, of pymatgen and of ASE.

# %%
predicted = cuxas.predict("refdb:CuO")
mu = predicted.mu["no-hole"]
print("%s: %d energies, %d kind of copper, highest at %.1f eV" % (
    predicted.formula, len(mu), len(predicted.sites), predicted.energy_eV[np.argmax(mu)]))

# %% [markdown]
# And from first principles, slower by orders of magnitude.

# %%
metal = cuxas.read_structure("refdb:Cu")
simulated = cuxas.simulate(metal, edge="L3", radius_A=3)
print("%s L3: Fermi level at %.1f eV" % (metal.formula, simulated.edge_eV))
