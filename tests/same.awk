# same.awk PRINTED SHOWN - prints the lines of SHOWN that stand nowhere in PRINTED; nothing when all do
# Words must be the same; numbers with decimals may differ by one in the last digit shown: another processor's linear algebra rounds
# differently.
function near(a, b,   digits) {
  if (a == b) return 1
  if (a !~ /^[-+]?[0-9]+\.[0-9]+[.,;:)]*$/ || b !~ /^[-+]?[0-9]+\.[0-9]+[.,;:)]*$/) return 0
  digits = a
  sub(/^[^.]*\./, "", digits)
  gsub(/[^0-9]/, "", digits)
  return (a - b) ^ 2 < (1.5 * 10 ^ -length(digits)) ^ 2
}
function alike(a, b,   n, i, x, y) {
  n = split(a, x, " ")
  if (split(b, y, " ") != n) return 0
  for (i = 1; i <= n; i++) if (!near(x[i], y[i])) return 0
  return 1
}
FNR == NR { printed[++n_printed] = $0; next }
{
  for (i = 1; i <= n_printed && !alike($0, printed[i]); i++);
  if (i > n_printed) print
}
