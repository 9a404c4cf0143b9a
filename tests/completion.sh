#!/bin/sh
# completion.sh STAGE - the installed completions: every option of every program is offered by bash and stands in zsh's files
stage=$(cd "${1:?usage: completion.sh STAGE}" && pwd) || exit 1
. "$(dirname "$0")/claims.sh"
is_in() { printf '%s\n' "$2" | grep -qxF -e "$1"; }

# What bash offers for the last of some words.
offered() {
  bash --norc -c '
    program=$1; shift
    source "$STAGE/share/bash-completion/completions/$program"
    COMP_WORDS=("$program" "$@"); COMP_CWORD=$#
    "_${program//-/_}" "$program" "${*: -1}" "$program"
    printf "%s\n" "${COMPREPLY[@]}"' offered "$@"
}
STAGE=$stage
export STAGE

for path in "$stage"/bin/cuxas-*; do
  [ -L "$path" ] && continue # an old name
  program=${path##*/}
  bash_file=$stage/share/bash-completion/completions/$program zsh_file=$stage/share/zsh/site-functions/_$program
  check "$program has a completion for bash" test -s "$bash_file"
  check "$program has a completion for zsh" test -s "$zsh_file"
  check "$program's completion for zsh begins with #compdef" grep -qx "#compdef $program" "$zsh_file"
  if command -v zsh >/dev/null; then
    check "zsh understands the completion of $program" zsh -f -n "$zsh_file"
  else
    skip "zsh understands the completion of $program: no zsh"
  fi
  if ! command -v bash >/dev/null; then
    skip "bash completes $program: no bash"
    continue
  fi
  commands=$(sed -n "s/^  '\([a-z0-9 -]*\)')\$/\1/p" "$bash_file")
  if [ -z "$commands" ]; then
    answer=$(offered "$program" --)
  else
    check "$program: bash completes its commands" is_in "$(echo "$commands" | head -n 1)" "$(offered "$program" "")"
    answer=$(echo "$commands" | while read -r command; do offered "$program" $command --; done) # one word or two
  fi
  for option in $("$path" --list-options | sort -u); do
    check "bash completes --$option of $program" is_in "--$option" "$answer"
    check "zsh completes --$option of $program" grep -qE -e "[-]-$option(=|\[|})" "$zsh_file"
  done
done

if command -v bash >/dev/null; then
  check "bash completes the start of an option" is_in --shift-window "$(offered cuxas-match --shift-w)"
  check "bash completes the words of a choice" is_in least-squares "$(offered cuxas-match --scale l)"
  check "bash completes them behind an equals sign too" is_in least-squares "$(offered cuxas-match --scale = l)"
  check "bash offers no numbers" test -z "$(offered cuxas-match --hole 0)"
  check "bash completes files for arguments" is_in "$stage/bin" "$(offered cuxas-match "$stage/bi")"
  check "bash completes files for options that name one" is_in "$stage/bin" "$(offered cuxas-match --json "$stage/bi")"
  check "bash completes the second word of a command" is_in collect "$(offered cuxas-refdb feff c)"
  check "bash offers the second words of a command that has none itself, and no others" test "$(offered cuxas-refdb library "" | grep -E '^[a-z]' | sort | tr '\n' ' ')" = "build check merge "
  check "bash offers a first word once" test "$(offered cuxas-refdb f | grep -c feff)" -eq 1
  check "bash guesses no column" test -z "$(offered cuxas-match --signal "$stage/bi")"
fi
counts
