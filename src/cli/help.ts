/**
 * Returns the end of a command's help: its exit statuses, and examples with their meaning in columns.
 * @param status like `0 all is well, 1 an error.`
 */
export function examples(status: string, ...rows: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.min(MAX_WIDTH, Math.max(...rows.map(([command]) => command.length)))
  const lines = rows.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`)
  return ['', `Exit status: ${status}`, '', 'Examples:', ...lines].join('\n')
}

const MAX_WIDTH = 60
