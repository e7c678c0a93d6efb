import type { Command } from 'commander'
import { createProgram } from '../../../src/cli/main.ts'

/** Returns all commands that can be run, with their names in full, like `geo put`. */
export function commandsOf(parent: Command, before = ''): { readonly name: string; readonly command: Command }[] {
  return parent.commands.flatMap((command) => {
    const name = `${before}${command.name()}`
    return command.commands.length > 0 ? commandsOf(command, `${name} `) : [{ name, command }]
  })
}

/** Has the command's parser read a command line, without running it. Returns what it says is wrong, if anything. */
export async function whyRefused(args: readonly string[]): Promise<string | undefined> {
  const program = createProgram()
  const silence = (command: Command): void => {
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} }).exitOverride()
    for (const inner of command.commands) silence(inner)
  }
  silence(program)
  for (const { command } of commandsOf(program)) command.action(() => {})
  try {
    await program.parseAsync(args, { from: 'user' })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Returns the command lines of `edge-gslb` in a text: those of a shell, with its quotes and continued lines. */
export function commandLines(text: string): readonly string[][] {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n')
  return lines.flatMap((line) => {
    const [, rest] = /(?:^\s*|\$ |npx |run: |\()edge-gslb(?:@\S+)? ([a-z].*)$/.exec(line) ?? []
    return rest === undefined ? [] : [wordsOf(rest)]
  })
}

/** Splits a command as a shell does. It ends at a comment, a pipe, a redirection or another command. */
function wordsOf(command: string): string[] {
  const words: string[] = []
  const token = /\s*(?:(#.*|[|&;<>)].*)|((?:"[^"]*"|'[^']*'|[^\s"'|&;<>)])+))/y
  for (let match = token.exec(command); match?.[2] !== undefined; match = token.exec(command)) {
    words.push(match[2].replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single))
  }
  return words
}
