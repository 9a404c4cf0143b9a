#!/bin/sh
# slurm.sh COMMAND... - runs a command beside a Slurm of one node that is started for it and ends with it; without one where the Debian
# packages slurmctld, slurmd and munge are not installed, where a controller answers already, or where it does not start in 20 seconds
#
# It has a scratch folder, a key and ports of its own: nothing of the system's Slurm is read or changed.
#   sh tests/slurm.sh sh tests/cli/run.sh build/stage library simulate
for program in munged slurmctld slurmd srun scontrol; do
  PATH=$PATH:/usr/sbin command -v $program >/dev/null || exec "$@"
done
! scontrol ping 2>/dev/null | grep -q 'is UP' || exec "$@"
work=$(mktemp -d "${TMPDIR:-/tmp}/cuxas-slurm.XXXXXX") || exit 1
host=$(hostname -s) port=$((20000 + $$ % 20000)) outside=$PATH
PATH=$PATH:/usr/sbin

finish() {
  n=0
  while [ -n "$(squeue -h 2>/dev/null)" ] && [ $((n += 1)) -le 10 ]; do sleep 1; done # steps tell their end to slurmd
  for name in slurmd slurmctld munged; do
    [ ! -s "$work/$name.pid" ] || kill "$(cat "$work/$name.pid")" 2>/dev/null
  done
  sleep 1
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

mkdir "$work/state" "$work/spool"
chmod 755 "$work"
head -c 1024 /dev/urandom >"$work/key"
chmod 600 "$work/key"
cat >"$work/slurm.conf" <<CONF
ClusterName=cuxas
SlurmctldHost=$host(localhost)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
NodeName=$host NodeAddr=localhost CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
CONF
export SLURM_CONF="$work/slurm.conf"

is_up() {
  scontrol ping 2>/dev/null | grep -q 'is UP' && sinfo -h -o %t 2>/dev/null | grep -q '^\(idle\|mix\)'
}
munged --force --key-file="$work/key" --socket="$work/munge.socket" --pid-file="$work/munged.pid" \
  --log-file="$work/munged.log" --seed-file="$work/seed" >"$work/log" 2>&1 && slurmctld -c >>"$work/log" 2>&1 &&
  slurmd -c >>"$work/log" 2>&1
n=0
until is_up || [ $((n += 1)) -gt 20 ]; do sleep 1; done
is_up || {
  unset SLURM_CONF
  echo "slurm.sh: no Slurm could be started" >&2
}
PATH=$outside
"$@"
