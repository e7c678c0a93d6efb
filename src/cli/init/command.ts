import { Argument, type Command, Option } from 'commander'
import { processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { exit } from '../options.ts'
import type { Task } from './init.ts'

/** Repeats the keys of TASKS, so that other commands do not load the starters. A test compares the two lists. */
export const TASK_NAMES = ['canary', 'failover', 'split-horizon', 'geo', 'powerdns'] as const satisfies readonly Task[]

/** Adds `edge-gslb init`. */
export const addInit = (program: Command): Command =>
  program
    .command('init')
    .description('write a commented starter by task, and print the next commands; never overwrites')
    .addArgument(new Argument('[folder]', 'where to write').default('.'))
    .addOption(new Option('--task <task>', 'the task of the zone').choices(TASK_NAMES).default('canary'))
    .addHelpText('after', HELP)
    .action(async (folder: string, { task }: { readonly task: Task }) => {
      const { init } = await import('./init.ts')
      exit(init(task, folder, processConsole))
    })

const HELP = examples(
  '0 written, 1 an error, 2 an invalid command line.',
  ['edge-gslb init', 'a canary in this folder'],
  ['edge-gslb init --task failover gslb', 'failover in the folder gslb'],
)
