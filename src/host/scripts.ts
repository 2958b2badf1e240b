/**
 * The two shell programs that run on a host, in POSIX sh with coreutils or busybox. Everything that varies reaches them as
 * arguments or input; nothing is pasted into their text.
 *
 * Every program runs with a mark in its environment, `POSTMORTEM_PLUGIN_EXEC=<connection>-<number>-`. Children inherit it,
 * also those that left their parent, session or process group (setsid, nohup), so that /proc tells what belongs to a call.
 * What is to outlive its call on purpose starts without the mark and in a session of its own: `env -u ... setsid`.
 */

/** The variable that carries the mark. */
export const MARK_VARIABLE = 'POSTMORTEM_PLUGIN_EXEC';

/**
 * Runs one program: `sh -c WRAPPER sh <mark> <folder or empty> <words>`. Its first line of output is
 * `<mark> <process id>`, or `<mark> folder` when the folder cannot be entered; what a login shell prints before is not ours.
 */
export const WRAPPER = `
mark=$1
unset CDPATH
if [ -n "$2" ] && ! cd "$2"; then
  printf '%s folder\\n' "$mark"
  exit 125
fi
shift 2
printf '%s %s\\n' "$mark" "$$"
export "${MARK_VARIABLE}=$mark"
exec "$@"
`;

/**
 * Watches over a connection: `sh -c GUARD sh <connection> <text>`. It repeats the text (to see what the login shell makes of
 * it), names what the host lacks, and ends that with `<connection> ready`. Then, for each input line
 * `<mark> <process id of the wrapper or none> <signal> <short or long>`, it stops what is left of that call and answers
 * `<mark> gone`.
 * When its input ends, the plugin is gone or the connection dead: it stops everything of this connection.
 *
 * What is left: processes with the mark, and members of the wrapper's session (they may have dropped the environment).
 * Each gets the signal once; those that appear later do not, as they may be what another needs to clean up (`rm` in a trap).
 * After 10 s all get SIGKILL. `timeout` gets no signal but that: it would pass it on, and a program that is told twice may
 * give up without cleaning up (Terraform does). Right after a fork its child has its name, too: hence `later`.
 *
 * Process ids only grow until they start again from the bottom. In a short call they do not get so far: if none is there
 * between the wrapper's and the newest, nothing is left, and the search through all of /proc (5 ms a call) is spared.
 */
export const GUARD = `
trap '' HUP INT TERM PIPE
export LC_ALL=C
find_left() {
  left=' '
  for file in $(grep -ls -e "${MARK_VARIABLE}=$1" -e ") [DIKPRSTWt] [0-9]* [0-9]* $2 " /proc/[0-9]*/environ /proc/[0-9]*/stat); do
    file=\${file#/proc/}
    pid=\${file%/*}
    case $left in *" $pid "*) ;; *) left="$left$pid " ;; esac
  done
  [ "$left" != ' ' ]
}
none_since() {
  read -r load1 load5 load15 running newest < /proc/loadavg
  [ "$newest" -ge "$1" ] && [ $((newest - $1)) -lt 500 ] || return 1
  pid=$1
  while [ "$pid" -le "$newest" ]; do
    [ ! -e "/proc/$pid" ] || return 1
    pid=$((pid + 1))
  done
}
stop() {
  waiting=$left
  told=
  tries=85
  while [ $tries -gt 0 ]; do
    later=
    for pid in $waiting; do
      name=
      read -r name 2>/dev/null < "/proc/$pid/comm"
      if [ "$name" = timeout ]; then
        later="$later $pid"
      else
        kill -s "$3" "$pid" 2>/dev/null && told=yes
      fi
    done
    waiting=$later
    sleep 0.1 2>/dev/null || { sleep 1; tries=$((tries - 9)); }
    find_left "$1" "$2" || return 0
    [ -n "$told" ] || waiting=$left
    tries=$((tries - 1))
  done
  tries=200
  while [ $tries -gt 0 ] && find_left "$1" "$2"; do
    kill -s KILL $left 2>/dev/null
    tries=$((tries - 1))
  done
}
printf '%s\\n%s\\n' "$1" "$2"
for tool in env timeout grep sleep; do
  command -v $tool > /dev/null || printf 'no %s\\n' "$tool"
done
[ -r /proc/self/environ ] || printf 'no %s\\n' /proc
printf '%s ready\\n' "$1"
while read -r mark session signal length; do
  if [ "$length" = short ] && none_since "$session"; then
    printf '%s gone\\n' "$mark"
  elif find_left "$mark" "$session"; then
    { stop "$mark" "$session" "$signal"; printf '%s gone\\n' "$mark"; } &
  else
    printf '%s gone\\n' "$mark"
  fi
done
if find_left "$1" none; then
  stop "$1" none TERM
fi
`;
