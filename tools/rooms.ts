import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The rules of one room. */
type Room = {
  /** The rooms that it may import, each through one of its faces. */
  readonly imports: readonly string[]
  /** Inner files of other rooms that it may import nevertheless. */
  readonly files?: readonly string[]
  /** Packages of the platform that it may import, by the beginning of their names. */
  readonly packages?: readonly string[]
}

/** `rooms.json`: the rooms of `src/`. The only list of the arrows. */
export type Rooms = Readonly<Record<string, Room>>

export const readRooms = (root: string): Rooms => JSON.parse(readFileSync(join(root, 'rooms.json'), 'utf8'))

/** Packages that tie code to a platform. The others may be imported anywhere. */
const PLATFORM = ['node:', 'hono', 'wrangler', 'cloudflare:']

/**
 * The files of a room that others import. `query-path.ts` is the part of `index.ts` that a query needs: a bundler keeps
 * all that a face names, so that a query would bring the whole room along.
 */
const FACES = ['index.ts', 'query-path.ts']

/** The entry of the Worker: it wires rooms together, and no room imports it. */
const ENTRY = 'src/worker.ts'

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g
const COMMENT = /\/\*[\s\S]*?\*\//g

/** Returns every import in `src/` that the rooms do not allow, as `file:line: fact; expected …`. */
export function forbiddenImports(root: string, rooms: Rooms): string[] {
  return globSync('src/**/*.{ts,tsx}', { cwd: root })
    .sort()
    .flatMap((file) => forbiddenIn(file, readFileSync(join(root, file), 'utf8'), rooms))
}

function forbiddenIn(file: string, text: string, rooms: Rooms): string[] {
  if (file === ENTRY) return []
  // Comments become blanks, so that line numbers stay the same.
  const code = text.replace(COMMENT, (comment) => comment.replace(/[^\n]/g, ' '))
  return [...code.matchAll(IMPORT)].flatMap(({ 1: from, index }) => {
    const why = whyForbidden(file, from as string, rooms)
    return why === undefined ? [] : [`${file}:${code.slice(0, index).split('\n').length}: ${why}`]
  })
}

function whyForbidden(file: string, from: string, rooms: Rooms): string | undefined {
  const name = roomOf(file)
  const room = name === undefined ? { imports: [] } : rooms[name]
  if (!room) return `"${name}" is not a room; expected one of rooms.json`
  if (!from.startsWith('.')) {
    if (name === undefined || !PLATFORM.some((prefix) => from.startsWith(prefix))) return undefined
    if (room.packages?.some((prefix) => from.startsWith(prefix))) return undefined
    return `"${name}" imports ${from}; expected that the caller passes in what it needs of the platform`
  }
  const target = join(dirname(file), from)
  if (target === ENTRY) return `"${name}" imports the entry of the Worker; expected that the entry imports it`
  const other = roomOf(target)
  if (other === undefined || other === name) return undefined
  const inner = target.slice('src/'.length)
  if (room.files?.includes(inner)) return undefined
  const fact = name === undefined ? `a file outside of all rooms imports "${other}"` : `"${name}" imports "${other}"`
  if (!room.imports.includes(other)) return `${fact}; expected ${room.imports.join(', ') || 'no other room'}`
  return FACES.some((face) => inner === `${other}/${face}`)
    ? undefined
    : `${fact} past its index.ts; expected ../${other}/index.ts`
}

/** Returns the groups of files in `src/` that import each other in a circle, imports of types included. */
export function importCircles(root: string): string[][] {
  const files = globSync('src/**/*.{ts,tsx}', { cwd: root }).sort()
  const known = new Set(files)
  const imports = new Map(
    files.map((file) => {
      const code = readFileSync(join(root, file), 'utf8').replace(COMMENT, '')
      const targets = [...code.matchAll(IMPORT)].map(([, from]) => join(dirname(file), from as string))
      return [file, targets.filter((target) => known.has(target))]
    }),
  )
  return stronglyConnected(files, (file) => imports.get(file) ?? []).filter((circle) => circle.length > 1)
}

/** Tarjan's algorithm. */
function stronglyConnected(nodes: readonly string[], next: (node: string) => readonly string[]): string[][] {
  const found = new Map<string, { readonly index: number; low: number; isOpen: boolean }>()
  const open: string[] = []
  const components: string[][] = []
  const visit = (node: string) => {
    const state = { index: found.size, low: found.size, isOpen: true }
    found.set(node, state)
    open.push(node)
    for (const other of next(node)) {
      const known = found.get(other)
      if (!known) state.low = Math.min(state.low, visit(other).low)
      else if (known.isOpen) state.low = Math.min(state.low, known.index)
    }
    if (state.low === state.index) {
      const component = open.splice(open.indexOf(node))
      for (const member of component) Object.assign(found.get(member) ?? {}, { isOpen: false })
      components.push(component.sort())
    }
    return state
  }
  for (const node of nodes) if (!found.has(node)) visit(node)
  return components
}

/** The first folder below `src/`. */
const roomOf = (file: string): string | undefined => /^src\/([^/]+)\//.exec(file)?.[1]

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = forbiddenImports('.', readRooms('.'))
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
