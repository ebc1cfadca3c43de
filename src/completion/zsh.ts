import { type Level, patternsOf } from './levels.ts';

/** A zsh script that completes `downlink`, to be sourced or to lie in a folder of fpath as `_downlink`. */
export function zshScript(levels: readonly Level[]): string {
  const { commands, values } = patternsOf(levels);
  const choice = ({ value }: { readonly value: 'file' | 'unknown' | readonly string[] }) => {
    if (value === 'unknown') return 'return';
    return value === 'file' ? '_files; return' : `compadd -- ${value.join(' ')}; return`;
  };
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
${values.map((one) => `    ${one.patterns.join(' | ')}) ${choice(one)} ;;`).join('\n')}
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

function levelCase({ path, words, files, flags }: Level): string {
  const names = flags.flatMap((flag) => flag.names).join(' ');
  const others = files ? '_files' : `compadd -- ${words.join(' ')}`;
  return `    '${path}') if [[ $PREFIX == -* ]]; then compadd -- ${names}; else ${others}; fi ;;`;
}
