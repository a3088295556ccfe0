import { commandLines, type LaunchMetadata } from './launch-metadata.ts';
import type { BuildpackOutput } from './layers-of.ts';
import { appFolder } from './run-program.ts';

/** Where the script below finds what belongs to one application: it is the same for all. */
export const launchScriptPath = 'layers/config/launch.sh';

/**
 * A launcher for images whose build image brings none (platform API §launcher). It needs `sh` and `cat` in the run image. What the
 * lifecycle's own can do and this cannot: escapes `\uXXXX` in what exec.d programs write, and bash for profile scripts.
 */
export const launcherScript: string = `#!/bin/sh
# Starts a process of an application: see https://buildpacks.io, platform API, launcher.

_cnb_die() { echo "launcher: $1" >&2; exit 82; }

_cnb_set() {
  case $1 in '' | [0-9]* | *[!A-Za-z0-9_]*) return 0 ;; esac
  export "$1=$2"
}

# Puts the folders of a layer in front of what lists them.
_cnb_paths() {
  if [ -d "$1/bin" ]; then export PATH="$1/bin\${PATH:+:$PATH}"; fi
  if [ -d "$1/lib" ]; then export LD_LIBRARY_PATH="$1/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"; fi
}

# The content of a file as it is: a command substitution alone would drop line breaks at the end.
_cnb_read() {
  _cnb_content=$(cat "$1" && echo .) || _cnb_die "cannot read $1"
  _cnb_content=\${_cnb_content%.}
}

# Applies the files of an env folder.
_cnb_env() {
  for _cnb_file in "$1"/*; do
    [ -f "$_cnb_file" ] || continue
    _cnb_base=\${_cnb_file##*/}
    _cnb_name=\${_cnb_base%%.*}
    case $_cnb_name in '' | [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
    eval "_cnb_before=\\\${$_cnb_name-}"
    _cnb_delim=
    if [ -f "$1/$_cnb_name.delim" ]; then _cnb_read "$1/$_cnb_name.delim"; _cnb_delim=$_cnb_content; fi
    _cnb_read "$_cnb_file"
    case \${_cnb_base#"$_cnb_name"} in
      '' | .override) _cnb_set "$_cnb_name" "$_cnb_content" ;;
      .default) [ -n "$_cnb_before" ] || _cnb_set "$_cnb_name" "$_cnb_content" ;;
      .prepend) _cnb_set "$_cnb_name" "$_cnb_content\${_cnb_before:+$_cnb_delim$_cnb_before}" ;;
      .append) _cnb_set "$_cnb_name" "\${_cnb_before:+$_cnb_before$_cnb_delim}$_cnb_content" ;;
    esac
  done
}

# Takes back what a backslash stands for in a basic string of TOML.
_cnb_unescape() {
  _cnb_text=
  _cnb_rest=$1
  while :; do
    case $_cnb_rest in *\\\\*) ;; *) break ;; esac
    _cnb_text=$_cnb_text\${_cnb_rest%%\\\\*}
    _cnb_rest=\${_cnb_rest#*\\\\}
    case $_cnb_rest in
      n*) _cnb_text="$_cnb_text
" ;;
      t*) _cnb_text="$_cnb_text	" ;;
      *) _cnb_tail=\${_cnb_rest#?}; _cnb_text=$_cnb_text\${_cnb_rest%"$_cnb_tail"} ;;
    esac
    _cnb_rest=\${_cnb_rest#?}
  done
  _cnb_text=$_cnb_text$_cnb_rest
}

# Runs each program of an exec.d folder and takes the variables that it writes to its third file.
_cnb_exec_d() {
  for _cnb_program in "$1"/*; do
    [ -f "$_cnb_program" ] || continue
    { _cnb_lines=$("$_cnb_program" 3>&1 >&4 4>&-) || _cnb_die "$_cnb_program failed"; } 4>&1
    while IFS= read -r _cnb_line; do
      case $_cnb_line in *=*) ;; *) continue ;; esac
      _cnb_key=\${_cnb_line%%=*}
      _cnb_key=\${_cnb_key%"\${_cnb_key##*[! 	]}"}
      _cnb_key=\${_cnb_key#"\${_cnb_key%%[! 	]*}"}
      _cnb_value=\${_cnb_line#*=}
      case $_cnb_value in
        *\\"*) _cnb_value=\${_cnb_value#*\\"}; _cnb_unescape "\${_cnb_value%\\"*}"; _cnb_set "$_cnb_key" "$_cnb_text" ;;
        *\\'*) _cnb_value=\${_cnb_value#*\\'}; _cnb_set "$_cnb_key" "\${_cnb_value%\\'*}" ;;
      esac
    done <<CNB_END
$_cnb_lines
CNB_END
  done
}

_cnb_source() {
  for _cnb_profile in "$1"/*; do
    if [ -f "$_cnb_profile" ]; then . "$_cnb_profile"; fi
  done
}

# TYPE FOLDER KIND COMMAND...: sets up the environment and becomes the process.
_cnb_launch() {
  _cnb_type=$1 _cnb_folder=$2 _cnb_kind=$3
  shift 3
  cd "$_cnb_app" || _cnb_die "there is no folder $_cnb_app"
  _cnb_environment
  if [ "$_cnb_kind" = shell ]; then
    _cnb_profiles
    if [ -f ./.profile ]; then . ./.profile; fi
    if [ $# -gt 1 ]; then
      for _cnb_word; do
        set -- "$@" "$(eval echo "\\"$_cnb_word\\"")"
        shift
      done
    else
      set -- sh -c "$1"
    fi
  fi
  cd "$_cnb_folder" || _cnb_die "there is no folder $_cnb_folder"
  unset OLDPWD
  exec "$@"
}

_cnb_app=\${CNB_APP_DIR:-${appFolder}}
_cnb_exec_env=\${CNB_EXEC_ENV:-production}
. "\${CNB_LAYERS_DIR:-/layers}/config/launch.sh" || _cnb_die 'there is no launch.sh'
unset CNB_LAYERS_DIR CNB_APP_DIR CNB_PROCESS_TYPE CNB_PLATFORM_API CNB_DEPRECATION_MODE
PATH=\${PATH#/cnb/process:}
PATH=\${PATH#/cnb/lifecycle:}

_cnb_process "\${0##*/}" "$@"
if [ $# -eq 0 ]; then _cnb_die 'there is no default process: give a command'; fi
if [ "$1" = -- ]; then
  shift
  if [ $# -eq 0 ]; then _cnb_die 'there is no command behind --'; fi
  _cnb_launch '' "$_cnb_app" direct "$@"
fi
_cnb_launch '' "$_cnb_app" shell "$@"
`;

/** The application's part: its layers in the order that the specification gives them, and its processes. */
export function launchScript(outputs: readonly BuildpackOutput[], { processes }: LaunchMetadata): string {
  const layersOf = ({ layers }: BuildpackOutput) => layers.filter(({ launch }) => launch).map(({ path }) => `/${path}`);
  const call = (name: string, folder: string) => `  ${name} ${quote(folder)}`;
  const callForType = (name: string, folder: string) =>
    `  [ -z "$_cnb_type" ] || ${name} ${quote(folder)}/"$_cnb_type"`;
  const environment = outputs.flatMap((output) => [
    ...layersOf(output).map((path) => call('_cnb_paths', path)),
    ...layersOf(output).flatMap((path) => [
      call('_cnb_env', `${path}/env`),
      call('_cnb_env', `${path}/env.launch`),
      callForType('_cnb_env', `${path}/env.launch`),
    ]),
  ]);
  const all = outputs.flatMap(layersOf);
  /** First of every layer, then of every layer for the process. */
  const inAll = (name: string, below: string) => [
    ...all.map((path) => call(name, `${path}/${below}`)),
    ...all.map((path) => callForType(name, `${path}/${below}`)),
  ];
  const programs = inAll('_cnb_exec_d', 'exec.d');
  const profiles = inAll('_cnb_source', 'profile.d');
  const apis = new Map(outputs.map(({ buildpack }) => [buildpack.id, buildpack.api]));
  const cases = processes.map((process) => {
    const { alone, before } = commandLines(process, apis.get(process.buildpackId) ?? '0.12');
    const start = `_cnb_launch ${quote(process.type)} ${
      process.workingDirectory === undefined ? '"$_cnb_app"' : quote(process.workingDirectory)
    } ${process.direct ? 'direct' : 'shell'}`;
    const eligible = execEnvGuard(process.execEnv, process.type);
    return `    ${quote(process.type)})
      shift
${eligible}      if [ $# -eq 0 ]; then ${start} ${words(alone)}; fi
      ${start} ${words(before)} "$@" ;;
`;
  });
  return `# Written for this application by its build.
_cnb_environment() {
${[...environment, ...programs, '  :'].join('\n')}
}

_cnb_profiles() {
${[...profiles, '  :'].join('\n')}
}

_cnb_process() {
  case $1 in
${cases.join('')}  esac
}
`;
}

function execEnvGuard(execEnv: readonly string[], type: string): string {
  if (execEnv.length === 0 || execEnv.includes('*')) return '';
  const refusal = quote(`the process ${type} is not for this execution environment`);
  return `      case $_cnb_exec_env in ${execEnv.map(quote).join(' | ')}) ;; *) _cnb_die ${refusal} ;; esac\n`;
}

function words(list: readonly string[]): string {
  return list.map(quote).join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
