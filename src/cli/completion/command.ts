import { script } from '@bomb.sh/tab'
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { foldersFor, pathsFor, zoneNames } from './values.ts'

/** Adds `edge-gslb completion bash|zsh|fish`, and the hidden command that the shells call for each word. */
export function addCompletion(program: Command): void {
  const root = tab(program, { completionCommandName: 'completion' })
  dropAmbiguous(root.commands.values())
  for (const command of root.commands.values()) {
    for (const argument of command.arguments.values()) {
      const values = VALUES.get(argument.name)
      if (values) argument.handler ??= (complete) => tell(complete, values())
    }
    for (const option of command.options.values()) {
      const values = OPTION_VALUES.get(option.value)
      if (values) option.handler = (complete) => tell(complete, values())
    }
  }
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print the script by which a shell completes commands, options, zones and paths')
    .addHelpText('after', HELP)
    .action((shell: string) => {
      if (shell === 'bash') processConsole.out(WITHOUT_BASH_COMPLETION)
      script(shell, program.name(), program.name())
    })
}

/**
 * Leaves out flags that have the name of another command's option with a value, as `--force`: the library takes the
 * first command's word for whether a value follows.
 */
function dropAmbiguous(commands: Iterable<{ readonly options: Map<string, { readonly isBoolean?: boolean }> }>): void {
  const all = [...commands]
  const valued = new Set(
    all.flatMap(({ options }) => [...options].flatMap(([name, one]) => (one.isBoolean ? [] : [name]))),
  )
  for (const { options } of all) {
    for (const [name, one] of options) if (one.isBoolean && valued.has(name)) options.delete(name)
  }
}

/** The script for bash calls a function of the package bash-completion, which not every machine has. */
const WITHOUT_BASH_COMPLETION = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} cword=$COMP_CWORD words=("\${COMP_WORDS[@]}")
    }
fi
`

type Values = () => readonly string[]

/** The values that arguments of a name take. */
const VALUES: ReadonlyMap<string, Values> = new Map([
  ['zone', () => zoneNames(process.env)],
  ['name', () => zoneNames(process.env)],
  ['path', () => pathsFor(typed())],
  ['file', () => pathsFor(typed())],
  ['folder', () => foldersFor(typed())],
])

const OPTION_VALUES: ReadonlyMap<string, Values> = new Map([
  ['to', () => ['http://127.0.0.1:8787', 'https://']],
  ['url', () => ['http://127.0.0.1:8787', 'https://']],
  ['state', () => ['up', 'down', 'drained', 'weight']],
  ['zones', () => ['local', 'remote', ...foldersFor(typed())]],
  ['output', () => pathsFor(typed())],
  ['key-file', () => pathsFor(typed())],
  ['allow-exec', () => pathsFor(typed())],
  ['allow-exec-file', () => pathsFor(typed())],
  ['config', () => pathsFor(typed())],
  ['persist-to', () => foldersFor(typed())],
])

/** The word under the cursor: shells pass the line, the word last. */
const typed = (): string => process.argv.at(-1) ?? ''

function tell(complete: (value: string, description: string) => void, values: readonly string[]): void {
  for (const value of values) complete(value, '')
}

const HELP = examples(
  '0 printed, 2 an invalid command line.',
  ['source <(edge-gslb completion bash)', 'for this bash; into ~/.bashrc for all'],
  ['source <(edge-gslb completion zsh)', 'for this zsh, after compinit'],
  ['edge-gslb completion fish > ~/.config/fish/completions/edge-gslb.fish', 'for fish'],
)
