import { type FlagValue, type Level, patternsOf } from './command-levels.ts';

/** Returns a bash script that completes `downlink`. It works with bash 3.2, the version in macOS, and later. */
export function bashScript(levels: readonly Level[]): string {
  const { commands, values } = patternsOf(levels);
  return `# bash completion of downlink; to use it: eval "$(downlink completion bash)"

_downlink_words() {
  COMPREPLY=($(compgen -W "$1" -- "$2"))
}

_downlink_list() {
  local last=\${2##*,}
  COMPREPLY=($(compgen -P "\${2%"$last"}" -W "$1" -- "$last"))
}

_downlink_names() {
  _downlink_words "$(downlink __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | grep -v '^:')" "$word"
}

_downlink_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$1"))
}

_downlink() {
  local word=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD - 1]} level='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$level \${COMP_WORDS[i]}" in
      ${commands.join(' | ')}) level="$level \${COMP_WORDS[i]}" ;;
    esac
  done
  # bash splits --flag=value into three words
  if [[ $word == = ]]; then
    word=''
  elif [[ $flag == = ]]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case "$level $flag" in
${values.map((one) => `    ${one.patterns.join(' | ')}) ${offer(one.value)}return ;;`).join('\n')}
  esac
  case "$level" in
${levels.map(levelCase).join('\n')}
  esac
}

complete -F _downlink downlink
`;
}

/** Returns the call that completes a flag's value, with a semicolon; empty for a value that cannot be completed. */
function offer(value: Exclude<FlagValue, { readonly kind: 'none' }>): string {
  switch (value.kind) {
    case 'file':
      return '_downlink_files "$word"; ';
    case 'words':
      return `_downlink_words '${value.words.join(' ')}' "$word"; `;
    case 'list':
      return `_downlink_list '${value.words.join(' ')}' "$word"; `;
    case 'names':
      return '_downlink_names; ';
    case 'unknown':
      return '';
    default:
      return value satisfies never;
  }
}

function levelCase({ path, words, files, flags }: Level): string {
  const names = flags.flatMap((flag) => flag.names).join(' ');
  const others = files ? '_downlink_files "$word"' : `_downlink_words '${words.join(' ')}' "$word"`;
  return `    '${path}') if [[ $word == -* ]]; then _downlink_words '${names}' "$word"; else ${others}; fi ;;`;
}
