import { formatName, type Name, parseName } from '../dns/index.ts'
import { MAX_ORIGIN_CHARS } from '../limits.ts'
import type { Issue } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { type CompileAids, type CompiledZone, ZoneCompiler } from './compile.ts'
import { type Kept, Memory, usable } from './compile-memory.ts'
import type { ZoneDocument } from './document.ts'
import { DocumentShape } from './document-shape.ts'

/** Makes a stored document ready for queries, or returns all that is wrong with it. Never takes a part of it. */
export function compileZone(input: unknown, aids: CompileAids = {}): Result<CompiledZone, readonly Issue[]> {
  const compilation = new ZoneCompilation(input, aids)
  compilation.step(Number.MAX_SAFE_INTEGER)
  return compilation.result()
}

/** A zone with what its next version takes over. */
export type KeptZone = CompiledZone & { readonly kept: Kept }

/**
 * Compiles a document as `compileZone` does, with the same result, and takes from the version before what has not
 * changed: each name whose rrsets are the same object in both documents (`records[owner]`, of the input or of the
 * result), unless the two differ in a field that all names are compiled by. So one changed name of a large zone takes
 * the time of that name, and little for each of the others. Documents must not be changed once they were given here.
 * @param before another version of the zone that was compiled here; undefined for none
 */
export function recompileZone(
  before: KeptZone | undefined,
  input: unknown,
  aids: CompileAids = {},
): Result<KeptZone, readonly Issue[]> {
  const compilation = new ZoneCompilation(input, aids, before?.kept ?? null)
  compilation.step(Number.MAX_SAFE_INTEGER)
  return compilation.isExceeded ? recompileZone(undefined, input, aids) : compilation.keptResult()
}

/** `done` of `of` names. `of` may grow when all names have been compiled. `work`: the units that the step has done. */
export type Progress = { readonly done: number; readonly of: number; readonly work: number }

/**
 * The compilation of a document in pieces, for a place that has little time at once. It gives the same result and the
 * same errors as `compileZone`, which does all pieces at once.
 *
 * A unit of work is one name or value of the document, one node of a script, or 16 points of a hash ring. A name is
 * never cut, so that a piece may exceed its work by that of one name.
 */
export class ZoneCompilation {
  private readonly shape: DocumentShape
  private readonly compiler: ZoneCompiler | undefined
  /** The error of the origin. */
  private readonly originIssues: readonly Issue[]
  /** The parts that it takes over and keeps; undefined if it keeps nothing. */
  private readonly memory: Memory | undefined
  private readonly aids: CompileAids
  private readonly pieces: Generator<number, Result<CompiledZone, readonly Issue[]>>
  private compiled: Result<CompiledZone, readonly Issue[]> | undefined
  private names = 0
  private marked = 0

  /**
   * Validates everything but the records.
   * @param input the parsed JSON, which must not change meanwhile
   * @param before what the version before has kept; null to keep this one without it; by default nothing is kept
   */
  constructor(input: unknown, aids: CompileAids = {}, before?: Kept | null) {
    this.aids = aids
    this.shape = new DocumentShape(input, aids)
    const { shell } = this.shape
    const origin = shell && originOf(shell)
    this.originIssues = origin && !origin.ok ? origin.error : []
    if (before !== undefined && shell) this.memory = new Memory(before ? usable(before, shell, aids) : undefined)
    this.compiler = shell && origin?.ok ? new ZoneCompiler(shell, origin.value, aids, this.memory) : undefined
    this.pieces = this.run()
  }

  /** Goes on until these units of work are done, or everything. At the end `done` is `of`. */
  step(work: number): Progress {
    let left = work
    while (left > 0 && !this.compiled) {
      const piece = this.pieces.next()
      if (piece.done) this.compiled = piece.value
      else left -= piece.value
    }
    const done = this.names + this.marked
    const of = this.shape.owners.length + (this.compiler?.toMark ?? 0)
    return { done: this.compiled ? of + 1 : done, of: of + 1, work: work - left }
  }

  /** Returns the zone, or all errors. @throws if there is work left */
  result(): Result<CompiledZone, readonly Issue[]> {
    if (!this.compiled) throw new Error('the compilation has not ended')
    return this.compiled
  }

  /** True if the zone has too much of something, and names that were taken over may have the wrong errors. */
  get isExceeded(): boolean {
    return this.memory?.isExceeded === true
  }

  /** As `result`, with what the next version takes over. @throws if nothing was to be kept */
  keptResult(): Result<KeptZone, readonly Issue[]> {
    const result = this.result()
    if (!result.ok) return result
    if (!this.compiler || !this.memory) throw new Error('the compilation keeps nothing')
    return ok({ ...result.value, kept: this.compiler.kept(this.aids, this.memory) })
  }

  /** Yields the work of each piece. */
  private *run(): Generator<number, Result<CompiledZone, readonly Issue[]>> {
    const { shape, compiler, memory } = this
    if (compiler) yield* compiler.begin()
    for (const owner of shape.owners) {
      const given = shape.given(owner)
      const known = memory?.known(owner, given)
      const { types, size } = known ? shape.known(owner, known.types) : shape.owner(owner)
      // With an error of shape the others like it are still reported, but no errors of meaning.
      const compiling = types && compiler && shape.isRight
      this.names++
      yield size + (compiling ? compiler.owner(owner, types, given, known) : 0)
    }
    if (!shape.isRight) return err(shape.issues())
    if (!compiler || !shape.shell) return err(this.originIssues)
    const issues = compiler.allIssues()
    if (issues.length > 0) return err(issues)
    for (const _ of compiler.mark()) {
      this.marked++
      yield 1
    }
    return ok(compiler.end(shape.document(shape.shell)))
  }
}

function originOf({ origin }: ZoneDocument): Result<Name, readonly Issue[]> {
  if (origin === '') {
    const message = 'the origin is empty; expected a name like example.com, or "." for the root'
    return err([{ path: ['origin'], message }])
  }
  const name = parseName(origin.endsWith('.') ? origin : `${origin}.`)
  if (!name.ok) return err([{ path: ['origin'], message: name.error }])
  const { length } = formatName(name.value.key)
  if (length <= MAX_ORIGIN_CHARS) return name
  const message = `the zone's name has ${length} characters as text; expected at most ${MAX_ORIGIN_CHARS}, since it is part of keys in KV`
  return err([{ path: ['origin'], message }])
}
