import { hasStrings, type Name, parseName, parseTtl } from '../dns/index.ts'
import { MAX_GENERATED_CHARS, MAX_GENERATED_RECORDS, MAX_INCLUDE_DEPTH, MAX_SOURCE_BYTES } from '../limits.ts'
import type { Result } from '../result.ts'
import { lengthOf, parseRange, parseTemplate, type Template } from './generate.ts'
import { readHead } from './head.ts'
import { type Entry, Lexer, type Token } from './lexer.ts'
import type { LuaDialect } from './lua-record.ts'
import { Records, type Scope } from './records.ts'
import { Source } from './source.ts'

/**
 * Reads a file below the zone file's folder for $INCLUDE: `path` as written, `from` the file that includes it.
 * An error says why not, and what would be right.
 */
export type Include = (path: string, from: string) => Result<{ file: string; text: string }>

/** So many files in one zone are a slip, such as two files that include a third twice, eight deep. */
const MAX_INCLUDES = 1000

/** Reads a master file (RFC 1035 §5) and all that it includes: the directives here, the records in `records`. */
export class MasterFile {
  readonly records: Records
  /** The files read, in order. */
  readonly files: string[] = []
  private readonly include: Include
  private includes = 0
  private generated = 0
  private generatedChars = 0
  private chars = 0

  constructor(origin: Name, include: Include, dialect: LuaDialect) {
    this.records = new Records(origin, dialect)
    this.include = include
  }

  /** @param around the files that are being read, the outermost first */
  read(source: Source, from: Pick<Scope, 'origin' | 'owner'>, around: readonly string[] = []): void {
    if (!this.files.includes(source.file)) this.files.push(source.file)
    const scope: Scope = { in: source, origin: from.origin, owner: from.owner }
    const lexer = new Lexer(source.text, (at, message) => this.records.refuse({ in: source, at }, message))
    for (let entry = lexer.next(); entry; entry = lexer.next()) {
      const [first] = entry.tokens as readonly [Token]
      if (!first.text.startsWith('$') || first.quoted) this.records.entry(entry, scope)
      else if (entry.broken) continue
      else if (entry.blank) this.records.refuse(place(first, scope), `${first.text} after white space; expected none`)
      else this.directive(first, entry, scope, [...around, source.file])
    }
  }

  private directive(name: Token, entry: Entry, scope: Scope, around: readonly string[]): void {
    const { tokens } = entry
    switch (name.text.toUpperCase()) {
      case '$ORIGIN':
        if (this.hasArguments(entry, scope, '$ORIGIN name', 1, 1)) scope.origin = this.name(tokens[1] as Token, scope)
        return
      case '$TTL': {
        if (!this.hasArguments(entry, scope, '$TTL time', 1, 1)) return
        const token = tokens[1] as Token
        const ttl = parseTtl(token.text)
        if (ttl.ok) this.records.setDefaultTtl(ttl.value)
        else this.records.refuse(place(token, scope), ttl.error)
        return
      }
      case '$INCLUDE':
        if (this.hasArguments(entry, scope, '$INCLUDE file [origin]', 1, 2)) this.readIncluded(entry, scope, around)
        return
      case '$GENERATE':
        this.generate(entry, scope)
        return
      default: {
        const message = `unknown directive ${name.text}; expected $ORIGIN, $TTL, $INCLUDE or $GENERATE (a name begins \\$)`
        this.records.refuse(place(name, scope), message)
      }
    }
  }

  private hasArguments({ tokens }: Entry, scope: Scope, usage: string, least: number, most: number): boolean {
    const extra = tokens[most + 1]
    if (tokens.length > least && !extra) return true
    const [name] = tokens as readonly [Token]
    const what = extra ? `"${extra.text}" is too much` : `${name.text} is incomplete`
    this.records.refuse(place(extra ?? name, scope), `${what}; expected ${usage}`)
    return false
  }

  /** A name below the current origin; the origin as it was if the name is not valid. */
  private name(token: Token, scope: Scope): Name {
    const name = parseName(token.text, scope.origin)
    if (name.ok) return name.value
    this.records.refuse(place(token, scope), name.error)
    return scope.origin
  }

  /** Origin and owner are as before afterwards (RFC 1035 §5.1); a $TTL in it stays, as BIND has it. */
  private readIncluded({ tokens }: Entry, scope: Scope, around: readonly string[]): void {
    const [, path, originToken] = tokens as readonly [Token, Token, Token | undefined]
    const refuse = (message: string): void => this.records.refuse(place(path, scope), message)
    const origin = originToken ? this.name(originToken, scope) : scope.origin
    if (around.length > MAX_INCLUDE_DEPTH) {
      return refuse(`$INCLUDE nests too deep; expected at most ${MAX_INCLUDE_DEPTH} files in each other`)
    }
    if (this.includes++ >= MAX_INCLUDES) {
      if (this.includes === MAX_INCLUDES + 1) refuse(`too many $INCLUDE; expected at most ${MAX_INCLUDES}`)
      return
    }
    const included = this.include(path.text, around.at(-1) as string)
    if (!included.ok) return refuse(`cannot include ${path.text}: ${included.error}`)
    const { file, text } = included.value
    this.chars += text.length
    if (this.chars > MAX_SOURCE_BYTES) {
      return refuse(`the files included are too large; expected at most ${MAX_SOURCE_BYTES} octets together`)
    }
    if (around.includes(file)) return refuse(`${file} includes itself; expected another file`)
    this.read(new Source(file, text), { origin, owner: scope.owner }, around)
  }

  /** `$GENERATE range owner [TTL] [class] type data`: the data is all that follows the type, or BIND's one string. */
  private generate({ tokens }: Entry, scope: Scope): void {
    const [name, rangeToken, ownerToken] = tokens as readonly [Token, Token | undefined, Token | undefined]
    const refuse = (token: Token, message: string): void => this.records.refuse(place(token, scope), message)
    if (!rangeToken || !ownerToken) {
      return refuse(name, '$GENERATE is incomplete; expected range, owner, type and data: $GENERATE 1-9 h$ A 192.0.2.$')
    }
    const range = parseRange(rangeToken.text)
    if (!range.ok) return refuse(rangeToken, range.error)
    const head = readHead(tokens, 3, (token, message) => refuse(token ?? (tokens.at(-1) as Token), message))
    if (!head) return
    const data = this.generatedData(tokens.slice(head.typeAt + 1), head.type, scope)
    if (!data) return
    if (data.length === 0) return refuse(name, '$GENERATE has no data after the type; expected A 192.0.2.$ or the like')
    const owner = parseTemplate(ownerToken.text)
    if (!owner.ok) return refuse(ownerToken, owner.error)
    const templates: Template[] = []
    for (const token of data) {
      const template = parseTemplate(token.text)
      if (!template.ok) return refuse(token, template.error)
      templates.push(template.value)
    }
    const count = lengthOf(range.value)
    if (this.generated + count > MAX_GENERATED_RECORDS) {
      return refuse(rangeToken, `$GENERATE makes too many records; expected at most ${MAX_GENERATED_RECORDS} in a zone`)
    }
    this.generated += count
    const { start, stop, step } = range.value
    const at = { owner: ownerToken, type: tokens[head.typeAt] as Token, data }
    for (let value = start; value <= stop; value += step) {
      const before = this.records.errors.length
      const made: string[] = []
      for (const [i, template] of [owner.value, ...templates].entries()) {
        const text = template(value)
        if (!text.ok) return refuse(data[i - 1] ?? ownerToken, text.error)
        made.push(text.value)
        this.generatedChars += text.value.length
      }
      if (this.generatedChars > MAX_GENERATED_CHARS) {
        const message = `$GENERATE makes too much text; expected at most ${MAX_GENERATED_CHARS} characters in a zone`
        return refuse(rangeToken, message)
      }
      const [ownerText, ...dataTexts] = made as [string, ...string[]]
      this.records.generated({ ownerText, dataTexts, head }, at, scope)
      // What is wrong with one is most likely wrong with the rest.
      if (this.records.errors.length > before) return
    }
  }

  /**
   * The tokens of the data; nothing if it was refused. One string alone is data of several words in BIND, as in
   * `MX "10 mail$"`. A text that has no quotes of its own is one string, as PowerDNS reads it.
   */
  private generatedData(tokens: readonly Token[], type: number, scope: Scope): readonly Token[] | undefined {
    const [only, more] = tokens
    if (!only?.quoted || more) return tokens
    if (hasStrings(type) && !only.text.includes('\\"')) {
      if (/\s/.test(only.text)) {
        this.records.warn(place(only, scope), 'BIND makes several strings of this text; expected it as one, as here')
      }
      return tokens
    }
    const before = this.records.errors.length
    const lexer = new Lexer(only.text.replaceAll('\\"', '"'), (_, message) =>
      this.records.refuse(place(only, scope), `in the data of $GENERATE: ${message}`),
    )
    const words = lexer.next()?.tokens ?? []
    return this.records.errors.length > before ? undefined : words.map((word) => ({ ...word, at: only.at }))
  }
}

const place = (token: Token, scope: Scope) => ({ in: scope.in, at: token.at })
