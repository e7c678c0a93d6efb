import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { err, ok, type Result } from '../../result.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { IS_CLONE, PACKAGE } from '../installation.ts'

/** The starters, which are in examples/, each with a title and a question to try. */
export const TASKS = {
  canary: { title: 'a small part of the answers leads to a new release', ask: 'www.example.com A --client 192.0.2.1' },
  failover: { title: 'the second site answers while the first is down', ask: 'www.example.com A --client 192.0.2.1' },
  'split-horizon': {
    title: 'your own networks get private addresses',
    ask: 'www.example.com A --client 192.0.2.1 --ecs 10.1.2.0/24',
  },
  geo: {
    title: 'by country, and EU clients only ever get servers in the EU',
    ask: `www.example.com A --client 192.0.2.1 --cf '{"country":"DE"}'`,
  },
  powerdns: { title: 'a zone moved from PowerDNS as it is', ask: 'vpn.example.com A --client 203.0.113.7' },
} as const

export type Task = keyof typeof TASKS

type Files = ReadonlyMap<string, string>

/**
 * `edge-gslb init [--task TASK] [DIR]`: writes a starter and prints the next steps. It writes all files or none, and
 * never over one that exists.
 * @param isClone in a clone the zones alone are written, since the clone has its own wrangler.toml
 */
export function init(task: Task, folder: string, console: Console, isClone = IS_CLONE): ExitStatus {
  const files = starter(task, isClone)
  const written = writeAll(folder, files)
  if (!written.ok) {
    console.err(`error: ${written.error}`)
    return EXIT.FAILED
  }
  console.out(`${task}: ${TASKS[task].title}`)
  for (const file of written.value) console.out(`wrote ${file}`)
  console.out(['', 'Next:', ...nextSteps(task, folder, isClone).map((line) => `  ${line}`)].join('\n'))
  return EXIT.OK
}

function starter(task: Task, isClone: boolean): Files {
  const zones = join(PACKAGE, 'examples', task, 'zones')
  const files = new Map<string, string>()
  for (const name of readdirSync(zones)) files.set(join('zones', name), readFileSync(join(zones, name), 'utf8'))
  if (!isClone) files.set('wrangler.toml', configForPackage(readFileSync(join(PACKAGE, 'wrangler.toml'), 'utf8')))
  return files
}

/** The package's wrangler.toml for a project that has edge-gslb in its node_modules. */
export const configForPackage = (config: string): string =>
  config.replace('main = "src/worker.ts"', 'main = "node_modules/edge-gslb/src/worker.ts"')

/** @returns the paths that were written */
function writeAll(folder: string, files: Files): Result<readonly string[]> {
  const written: string[] = []
  const paths = [...files.keys()].map((name) => join(folder, name))
  const taken = paths.find(exists)
  if (taken !== undefined) return err(`${taken} exists already, and nothing was written; expected a folder without it`)
  for (const [name, text] of files) {
    const path = join(folder, name)
    try {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text, { flag: 'wx' })
    } catch (error) {
      return err(`${path} cannot be written: ${(error as Error).message}`)
    }
    written.push(path)
  }
  return ok(written)
}

/** True for a dangling link, too. If a file has the path of a folder, the write fails with the reason. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/** Quotes a path for a shell where it needs that. */
const quoted = (path: string): string => (/^[\w./~+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

function nextSteps(task: Task, folder: string, isClone: boolean): readonly string[] {
  const { ask } = TASKS[task]
  // The commands of a clone work in its folder.
  const isInClone = resolve('.') === resolve(PACKAGE)
  const zones = !isClone ? 'zones' : quoted(isInClone ? join(folder, 'zones') : resolve(folder, 'zones'))
  const look = [`npx edge-gslb check ${zones}`, `npx edge-gslb explain ${ask} --zones ${zones}`]
  if (isClone) {
    const go = isInClone ? [] : [`cd ${quoted(resolve(PACKAGE))}`]
    return [...go, ...look, `ZONES=${zones} npm start`, `npx edge-gslb publish ${zones} --remote`]
  }
  return [
    ...(folder === '.' ? [] : [`cd ${quoted(folder)}`]),
    ...look,
    'npm install --save-dev edge-gslb wrangler',
    'npx edge-gslb dev',
    'npx wrangler deploy',
    'npx edge-gslb publish zones --remote',
  ]
}
