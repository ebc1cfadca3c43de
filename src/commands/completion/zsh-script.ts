import { type FlagValue, type Level, patternsOf } from './command-levels.ts';

/**
 * Returns a zsh script that completes `downlink`. It can be sourced, or installed as `_downlink` in a folder of fpath.
 */
export function zshScript(levels: readonly Level[]): string {
  const { commands, values } = patternsOf(levels);
  return `#compdef downlink
# zsh completion of downlink; to use it: eval "$(downlink completion zsh)"

_downlink() {
  local flag=\${words[CURRENT - 1]} level='' i
  for ((i = 2; i < CURRENT; i++)); do
    case "$level \${words[i]}" in
      ${commands.join(' | ')}) level="$level \${words[i]}" ;;
    esac
  done
  if [[ $PREFIX == --*=* ]]; then
    flag=\${PREFIX%%=*}
    compset -P '*='
  fi
  case "$level $flag" in
${values.map((one) => `    ${one.patterns.join(' | ')}) ${offer(one.value)}return ;;`).join('\n')}
  esac
  case "$level" in
${levels.map(levelCase).join('\n')}
  esac
}

if [[ \${funcstack[1]} == _downlink ]]; then
  _downlink "$@"
else
  compdef _downlink downlink
fi
`;
}

/** Returns the call that completes a flag's value, with a semicolon; empty for a value that cannot be completed. */
function offer(value: Exclude<FlagValue, { readonly kind: 'none' }>): string {
  switch (value.kind) {
    case 'file':
      return '_files; ';
    case 'words':
      return `compadd -- ${value.words.join(' ')}; `;
    case 'list':
      return `compset -P '*,'; compadd -- ${value.words.join(' ')}; `;
    case 'names':
      return `compadd -- \${(f)"$(downlink __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null | grep -v ^:)"}; `;
    case 'unknown':
      return '';
    default:
      return value satisfies never;
  }
}

function levelCase({ path, words, files, flags }: Level): string {
  const names = flags.flatMap((flag) => flag.names).join(' ');
  const others = files ? '_files' : `compadd -- ${words.join(' ')}`;
  return `    '${path}') if [[ $PREFIX == -* ]]; then compadd -- ${names}; else ${others}; fi ;;`;
}
