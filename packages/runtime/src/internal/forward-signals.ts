/**
 * A background job for engines whose process is pid 1 of its own pid namespace, known by the text of `pidOf` (sh; prints the pid).
 * The kernel drops signals to a pid 1 that has no handler for them; people expect `kill` to end a program that does not care,
 * so the default action is carried out by hand: killed, with the exit code that the signal would have given.
 */
export function forwardSignals(pidOf: string): string {
  return `
deliver() {
  caught=0 ignored=0
  while read -r key value rest; do
    case $key in SigCgt:) caught=$value ;; SigIgn:) ignored=$value ;; esac
  done <"/proc/$pid/status"
  bit=$(($2 - 1))
  handled=$((((0x$caught | 0x$ignored) >> bit) & 1))
  case $1 in
    HUP | INT | QUIT | TERM | USR1 | USR2 | ALRM | PIPE)
      if [ "$handled" = 0 ]; then
        echo $((128 + $2)) >killed
        kill -s KILL "$pid"
        return
      fi ;;
  esac
  kill -s "$1" "$pid"
}
(
  trap '' PIPE # nobody may be left to read complaints, and still everything must be killed
  while read -r name number <&3; do
    until pid=$(${pidOf}) && [ -n "$pid" ]; do sleep 0.02; done
    deliver "$name" "$number"
  done
  # First the process alone, once it is there, so that its engine can tidy up after it; then everything, until nothing comes after.
  for try in 1 2 3 4 5 6 7 8 9 10; do
    pid=$(${pidOf}) && [ -n "$pid" ] && break
    sleep 0.1
  done
  [ -z "$pid" ] || kill -s KILL "$pid"
  sleep 1
  while :; do kill -s KILL -- -1; sleep 0.1; done
) 9>&- &
`;
}

/** What follows the engine's program: takes the code of a process that was ended by hand. Sets `code`. */
export const takeExitCode = `
code=$?
[ ! -s killed ] || read -r code <killed
`;
