import { Command, CommanderError } from 'commander'
import { VERSION } from '../version.ts'
import { addAgent } from './agent/command.ts'
import { addCompletion } from './completion/command.ts'
import { EXIT } from './console.ts'
import { addDev } from './dev/command.ts'
import { addDnssec } from './dnssec/command.ts'
import { addExplain } from './explain/command.ts'
import { addGeo } from './geo/command.ts'
import { examples } from './help.ts'
import { addHistory, addRollback } from './history/command.ts'
import { addImport } from './import/command.ts'
import { addInit } from './init/command.ts'
import { addKey } from './key/command.ts'
import { addNotify } from './notify/command.ts'
import { addOverride } from './override/command.ts'
import { addPlan, FAILED_CODE } from './plan/command.ts'
import { addPublish } from './publish/command.ts'
import { addStatus } from './status/command.ts'
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
    .addHelpText('after', HELP)
  addInit(program)
  addCheck(program)
  addExplain(program)
  addPlan(program)
  addPublish(program)
  addDev(program)
  addHistory(program)
  addRollback(program)
  addExport(program)
  addImport(program)
  addStatus(program)
  addOverride(program)
  addAgent(program)
  addNotify(program)
  addKey(program)
  addDnssec(program)
  addGeo(program)
  addCompletion(program)
  return program
}

const HELP = examples(
  '0 success, 1 an error, 2 an invalid command line; plan and status have their own.',
  ['edge-gslb init --task canary', 'a zone to start from'],
  ['edge-gslb check zones', 'every mistake, with line, column and what would be right'],
  ['edge-gslb explain www.example.com --client 192.0.2.1', 'what a client gets, and why'],
  ['edge-gslb plan zones --to https://dns.example.com', 'which clients would get something else'],
  ['edge-gslb publish zones --to https://dns.example.com', 'publish, after a question'],
  ['edge-gslb history example.com --to https://dns.example.com', 'who changed what'],
  ['edge-gslb status --to https://dns.example.com', 'what is down or refused'],
)
