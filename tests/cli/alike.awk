# alike.awk ONE OTHER - fails, and prints the first line that differs, unless the lines of both files have the same words and numbers
# that are the same within the digits that processors share: less than 0.0005 apart, or than that part of the larger.
# Predictions are single-precision sums, which BLAS adds up in another order on another kind of processor.
function is_near(a, b,   size, off) {
  if (a == b) return 1
  if (a !~ /^[-+]?[0-9]+\.[0-9]+$/ || b !~ /^[-+]?[0-9]+\.[0-9]+$/) return 0
  size = a < 0 ? -a : a + 0
  off = a - b
  if (off < 0) off = -off
  return off <= 0.0005 || off <= 0.0005 * size
}
FNR == NR { line[++n] = $0; next }
{
  n_other++
  n_word = split(line[n_other], x, /[ ,\t]+/)
  bad = split($0, y, /[ ,\t]+/) != n_word
  for (i = 1; i <= n_word && !bad; i++) bad = !is_near(x[i], y[i])
  if (bad) { print "line " n_other ": " $0; failed = 1; exit 1 }
}
END { exit failed || n != n_other }
