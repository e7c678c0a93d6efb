import { Command, CommanderError } from 'commander'
import { VERSION } from '../version.ts'
import { addCompletion } from './completion/command.ts'
import { EXIT } from './console.ts'
import { addDev } from './dev/command.ts'
import { addExplain } from './explain/command.ts'
import { addGeo } from './geo/command.ts'
import { addHealthCommands } from './health-commands.ts'
import { addHistory, addRollback } from './history/command.ts'
import { addImport } from './import/command.ts'
import { addInit } from './init/command.ts'
import { addKey } from './key/command.ts'
import { addPlan, FAILED_CODE } from './plan/command.ts'
import { addPublish } from './publish/command.ts'
import { addCheck, addExport } from './zones/command.ts'

/**
 * Runs the `edge-gslb` command and sets the exit status (EXIT). Each command imports its code when it runs, so that it
 * does not wait for the code of the others.
 */
export async function main(args: readonly string[]): Promise<void> {
  // The reader of the output may close it early, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.OK : EXIT.FAILED),
  )
  try {
    await createProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander's errors have status 1; the other statuses were set here, and that of `plan`.
    process.exitCode = error.exitCode === 1 && error.code !== FAILED_CODE ? EXIT.USAGE : error.exitCode
  }
}

/** Makes the parser of the command line, with all commands. */
export function createProgram(): Command {
  const program = new Command('edge-gslb')
    .description('Global server load balancing at the edge: checks, explains and publishes zones')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')
  addCheck(program)
  addExplain(program)
  addGeo(program)
  addExport(program)
  addPublish(program)
  addDev(program)
  addPlan(program)
  addHistory(program)
  addRollback(program)
  addImport(program)
  addInit(program)
  addHealthCommands(program)
  addKey(program)
  addCompletion(program)
  return program
}
