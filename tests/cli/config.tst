# Options from a file: a configuration of one's own, or a report.

case  a configuration is worth as much as its options
needs model
run   echo '{"fwhm": 0.8, "scale": "least-squares", "top": 3, "invert": false, "exclude": "Zn", "range": "925:970"}' >mine.json
run   cuxas-match --config mine.json good/scan.csv candidates --csv config.csv --spectra config.spectra --quiet
run   cuxas-match --fwhm 0.8 --scale least-squares --top 3 --exclude Zn --range 925:970 good/scan.csv candidates --csv options.csv --spectra options.spectra --quiet
same  config.csv options.csv
same  config.spectra options.spectra

case  the command line goes before the configuration
needs model
run   cuxas-match --config mine.json --fwhm 0.5 good/scan.csv candidates --json both.json --quiet
run   grep -E '"(fwhm|scale|normalise)"' both.json
out   "fwhm":.*0\.5
out   "normalise":.*"none"
no-out "scale"

case  a report serves as a configuration: its settings, not its files
needs model
run   cuxas-match --config both.json good/keV.csv candidates/Cu.cif candidates/Cu2O.cif --json third.json --quiet
run   grep -E '"(fwhm|scale|normalise|path)"' third.json
out   "fwhm":.*0\.5
out   "normalise":.*"none"
no-out "scale"
out   "path":.*"good/keV\.csv"
out   "path":.*"candidates/Cu2O\.cif"
no-out CuCl

case  the settings alone replay a report that was made with a configuration
needs model
run   rm mine.json; cuxas-match --replay both.json
out   every result is identical

case  a batch can be configured, its library included
needs model
run   echo '{"library": ["candidates/Cu.cif", "candidates/Cu2O.cif"], "no-standards": true, "simulate": "0", "threads": 1}' >batch.json
run   cuxas-match -c batch.json good/scan.csv good/keV.csv -o configured --quiet
run   grep -cE '"rank":[[:space:]]*[0-9]' configured/keV.json
out   ^2$

case  an option that there is not is refused
run   echo '{"fwmh": 1}' >wrong.json; cuxas-match --config wrong.json good/scan.csv
exit  1
err   ^cuxas-match: wrong\.json: --fwmh: no such option
lines 1

case  a value that an option may not have is refused
run   echo '{"fwhm": 99}' >wrong.json; cuxas-match --config wrong.json good/scan.csv
exit  1
err   ^cuxas-match: wrong\.json: --fwhm: '99' is not one of
lines 1

case  a value of another kind is refused
run   echo '{"fwhm": {"eV": 1}}' >wrong.json; cuxas-match --config wrong.json good/scan.csv
exit  1
err   ^cuxas-match: wrong\.json: --fwhm: no kind of value

case  what is no JSON object is refused
run   echo 'fwhm = 1' >wrong.json; cuxas-match --config wrong.json good/scan.csv
exit  1
err   ^cuxas-match: wrong\.json: no JSON
run   echo '[1]' >wrong.json; cuxas-match --config wrong.json good/scan.csv
exit  1
err   ^cuxas-match: wrong\.json: no object of settings

run   echo '{"sorce": []}' >wrong.json; cuxas-match --config wrong.json good/scan.csv
exit  1
err   ^cuxas-match: wrong\.json: --sorce: no such option$

case  a configuration cannot name another
run   echo '{"config": "wrong.json"}' >wrong.json; cuxas-match --config wrong.json good/scan.csv
exit  1
err   a configuration cannot name another

case  a configuration that is not there is an error
run   cuxas-match --config nowhere.json good/scan.csv
exit  1
err   nowhere\.json: cannot open
lines 1

case  a replay has its settings from the report alone
needs model
run   cuxas-match --config batch.json --replay both.json
exit  2
err   not from --config

case  NO_COLOR and a pipe both keep escapes out of the plot
needs model script
run   NO_COLOR=1 TERM=xterm LANG=C.UTF-8 script -qec 'cuxas-match --plot good/scan.csv candidates' /dev/null | grep -c "$(printf '\033\[[0-9]')"
out   ^0$
exit  1
run   TERM=xterm LC_ALL=C.UTF-8 cuxas-match --plot good/scan.csv candidates | grep -c "$(printf '\033')"
exit  1
