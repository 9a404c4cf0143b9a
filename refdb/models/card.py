#!/usr/bin/env python3
"""card.py WORK CARD.md - puts what card.sh asked the programs into the blocks of the card that it makes

A block is what lies between "<!-- card.sh: NAME -->" and "<!-- end -->"; everything else is written by hand. Blocks whose question was
not asked stay as they are."""
import json
import re
import sys
from collections import Counter
from pathlib import Path

WORK, CARD = Path(sys.argv[1]), Path(sys.argv[2])
SAID = {name: json.loads((WORK / f"{name}.json").read_text())
        for name in ("families", "compositions", "curve", "active", "retrieval", "validation") if (WORK / f"{name}.json").exists()}
BLOCK = {}


def errors(name):
    """(edge, channel, predictor) -> "median, mean" """
    return {(e["edge"], e["channel"], e["predictor"]): f"{e['median']:.4f}, {e['mean']:.4f}"
            for e in SAID[name]["metrics"]["errors"] if e["rows"] == "all"}


def first(name):
    """the analyses of L3 without a core hole"""
    return next(a for a in SAID[name]["analyses"] if a["edge"] == "L3" and a["channel"] == "no-hole")


def groups(analysis, key, names=None):
    found = {g["group"]: g for g in analysis[key]}
    return ", ".join(f"{n} {found[n]['median']:.3f}" for n in (names or found) if n in found)


def percent(part):
    return f"{100 * part:.0f} %"


def of_sites(chosen):
    """median error of some sites, and how many they are"""
    value = sorted(s["mae_L3_no-hole"] for s in SAID["families"]["sites"] if "mae_L3_no-hole" in s and chosen(s))
    return f"{value[len(value) // 2]:.3f} ({len(value)})" if value else "none there"


def is_antiperovskite(site):
    """A M3 X with X among N, C, B: five atoms, the light one alone in the middle of metals"""
    parts = {m[0]: int(m[1] or 1) for m in re.findall(r"([A-Z][a-z]?)(\d*)", site["formula"])}
    light = [e for e in parts if e in "NCB"]
    return sorted(parts.values()) == [1, 1, 3] and len(light) == 1 and parts[light[0]] == 1 and not set(parts) & {"O", "S", "Se", "F", "Cl"}


def write_sites():
    families, compositions = errors("families"), errors("compositions")
    rows = ["| edge, core hole | families | compositions | mean spectrum (families) | nearest neighbour (families) |", "|---|---|---|---|---|"]
    for edge in ("L3", "L2"):
        for channel, word in (("no-hole", "none"), ("screened-hole", "screened"), ("projected-hole", "projected")):
            if (edge, channel, "model") in families:
                rows.append(f"| {edge}, {word} | {families[edge, channel, 'model']} | {compositions[edge, channel, 'model']} | "
                            f"{families[edge, channel, 'mean spectrum']} | {families[edge, channel, 'nearest neighbour']} |")
    BLOCK["errors"] = "\n".join(rows)

    f, c = first("families"), first("compositions")

    worst, seen = [], set()
    for site in f["worst"]:
        if site["formula"] not in seen:
            seen.add(site["formula"])
            worst.append(f"{site['formula']} {site['mae']:.2f}")
    within = next(i for i in SAID["families"]["metrics"]["intervals"] if i["edge"] == "L3" and i["channel"] == "no-hole")
    BLOCK["analyses"] = "\n".join((
        f"- 90 % intervals (1.645 sigma, sigma widened by what the other parts ask for) hold {100 * within['coverage']:.1f} % of the held-out points.",
        f"- L3 onset (no hole): within one step of 0.2 eV for {percent(f['onset']['within_one_step'])} (families; compositions "
        f"{percent(c['onset']['within_one_step'])}), beyond 1 eV for {100 * f['onset']['over_1_eV']:.1f} % ({100 * c['onset']['over_1_eV']:.1f} %).",
        f"- By oxidation state, median, families: {groups(f, 'by_oxidation_state', ['Cu(0)', 'Cu(I)', 'mixed', 'Cu(II)', 'Cu(III)'])};",
        f"  by ligands: {groups(f, 'by_ligands')};",
        f"  nearest to fluorine {of_sites(lambda s: s['nearest_element'] == 'F')}, in antiperovskites A M3 N, C or B {of_sites(is_antiperovskite)} (sites).",
        f"- Worst: {', '.join(worst[:10])}.",
    ))

    inside, outside = f["by_distance_threshold"]
    BLOCK["domain"] = (
        "A site is flagged when its distance (root mean square over the features, mean of the three nearest training sites) is above "
        f"{f['distance_threshold']:.3f}:\n{percent(outside['n'] / f['n'])} of the held-out sites were (families). Their median error is "
        f"{outside['median']:.3f}, that of the others {inside['median']:.3f}; rank correlation of distance and error {f['distance_rank_correlation']:.2f}.")

    sites = SAID["families"]["sites"]
    BLOCK["data"] = f"{len(sites)} sites of {len(Counter(s['formula'] for s in sites))} compositions"


def write_curve():
    curve = SAID["curve"]["learning_curve"]
    law = next(x for x in curve["curves"] if x["edge"] == "L3" and x["channel"] == "no-hole")
    means = [sum(x) / len(x) for x in law["median"]]
    BLOCK["curve"] = (f"- Learning curve by compositions, median L3, no hole, mean of {curve['n_seeds']} seeds, from "
                      f"{', '.join(f'{n:.0f}' for n in curve['n_learnt'])} sites: {', '.join(f'{m:.4f}' for m in means)}; it falls as "
                      f"n^{law['exponent']:.3f}.")


def write_active():
    active = {a["rule"]: a for a in SAID["active"]["active"]}
    rows = ["| learnt | " + " | ".join(active) + " |", "|---" * (len(active) + 1) + "|"]
    for k, size in enumerate(active["random"]["sizes"]):
        rows.append(f"| {size['n_learnt']:.0f} | " + " | ".join(f"{a['sizes'][k]['median']:.4f}, {a['sizes'][k]['found']:.3f}" for a in active.values()) + " |")
    rows.append("")
    rows.append("Median error against random, over all sizes: " + ", ".join(
        f"{rule} {100 * a['against_random']:+.1f} ± {100 * a['standard_error']:.1f} %" for rule, a in active.items() if rule != "random") + ".")
    better = [rule for rule, a in active.items() if rule != "random" and a["against_random"] < -2 * a["standard_error"]]
    rows.append(f"Better than random by more than two standard errors: {', '.join(better)}." if better else "No rule beats random by two standard errors.")
    BLOCK["active"] = "\n".join(rows)


def write_retrieval():
    rows = ["| candidates | among | first | first three | first ten | median rank |", "|---|---|---|---|---|---|"]
    for kind in SAID["retrieval"]["calibrations"]:
        n = kind["n_queries"]
        for what, where in ((f"all, {kind['mean_rivals'] + 1:.0f} compounds", kind), ("those of its elements, "
                            f"{kind['elements_known']['mean_rivals'] + 1:.1f} on average", kind["elements_known"])):
            rows.append(f"| {kind['candidates'][0].lower()}{kind['candidates'][1:]} | {what} | " + " | ".join(percent(where[k] / n) for k in (
                "n_first", "n_first3", "n_first10")) + f" | {where['median_rank']:.0f} |")
    rows.append("")
    rows.append(f"{SAID['retrieval']['calibrations'][0]['n_queries']} queries, {SAID['retrieval']['n_compounds']} structures.")
    BLOCK["retrieval"] = "\n".join(rows)


def write_measured():
    means, published = SAID["validation"]["means"], SAID["validation"]["means_published"]
    n_candidate = next(x["n_candidates"] for x in SAID["validation"]["compounds"] if x.get("n_candidates"))
    BLOCK["measured"] = (
        f"`cuxas-validate`, {means['n_measured']} measured curves, core-hole fraction fitted: mean MAE {means['mae']:.3f}, mean Spearman "
        f"{means['spearman']:.3f}, right compound first of {n_candidate} for {means['n_first']},\nin the first three for {means['n_top3']}; compared as published "
        f"{published['mae']:.3f} and {published['spearman']:.3f} (the published model: 0.125 and 0.891 over 14 compounds).")


for needed, write in ((("families", "compositions"), write_sites), (("curve",), write_curve), (("active",), write_active),
                      (("retrieval",), write_retrieval), (("validation",), write_measured)):
    if all(name in SAID for name in needed):
        write()

text = CARD.read_text()
for name, block in BLOCK.items():
    text, n = re.subn(rf"(<!-- card\.sh: {name} -->\n?)(.*?)(\n?<!-- end -->)", lambda m: m[1] + block + m[3], text, flags=re.S)
    if n != 1:
        sys.exit(f"card.py: {CARD}: {n} blocks {name}, not one")
CARD.write_text(text)
