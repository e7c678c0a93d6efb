import { hasStrings, type Name, parseName, parseTtl } from '../dns/index.ts'
import {
  MAX_COUNTED_ISSUES,
  MAX_GENERATED_CHARS,
  MAX_GENERATED_RECORDS,
  MAX_INCLUDE_DEPTH,
  MAX_SOURCE_BYTES,
} from '../limits.ts'
import type { Result } from '../result.ts'
import { lengthOf, parseRange, parseTemplate, type Template } from './generate.ts'
import { readHead } from './head.ts'
import { type Entry, Lexer, type Token } from './lexer.ts'
import type { LuaDialect } from './lua-record.ts'
import { Records, type Scope } from './records.ts'
import { Source } from './source.ts'

/**
 * Reads a file below the zone file's folder for $INCLUDE. `path` is the text of the directive, `from` the file that
 * contains it. An error has the reason and the fix.
 */
export type Include = (path: string, from: string) => Result<{ file: string; text: string }>

/** The limit on included files. More are a mistake, as eight levels of files that each include the next one twice. */
const MAX_INCLUDES = 1000

/** Reads a master file (RFC 1035 §5) and its includes: it handles directives, and `records` handles records. */
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
    for (let entry = lexer.next(); entry && !this.isHopeless; entry = lexer.next()) {
      const [first] = entry.tokens as readonly [Token]
      if (!first.text.startsWith('$') || first.quoted) this.records.entry(entry, scope)
      else if (entry.broken) continue
      else if (entry.blank)
        this.records.refuse(position(first, scope), `${first.text} after white space; expected none`)
      else this.directive(first, entry, scope, [...around, source.file])
    }
  }

  /** True if there are so many errors that the rest is not read. */
  private get isHopeless(): boolean {
    return this.records.errors.length >= MAX_COUNTED_ISSUES
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
        else this.records.refuse(position(token, scope), ttl.error)
        return
      }
      case '$INCLUDE':
        if (this.hasArguments(entry, scope, '$INCLUDE file [origin]', 1, 2)) this.readIncluded(entry, scope, around)
        return
      case '$GENERATE':
        this.generate(entry, scope)
        return
      default: {
        const expected = 'expected $ORIGIN, $TTL, $INCLUDE or $GENERATE (a name begins \\$)'
        this.records.refuse(position(name, scope), `unknown directive ${name.text}; ${expected}`)
      }
    }
  }

  private hasArguments({ tokens }: Entry, scope: Scope, usage: string, min: number, max: number): boolean {
    const extra = tokens[max + 1]
    if (tokens.length > min && !extra) return true
    const [name] = tokens as readonly [Token]
    const fact = extra ? `"${extra.text}" is too much` : `${name.text} is incomplete`
    this.records.refuse(position(extra ?? name, scope), `${fact}; expected ${usage}`)
    return false
  }

  /** Returns a name below the current origin, or the origin itself if the name is not valid. */
  private name(token: Token, scope: Scope): Name {
    const name = parseName(token.text, scope.origin)
    if (name.ok) return name.value
    this.records.refuse(position(token, scope), name.error)
    return scope.origin
  }

  /** Reads an included file. It changes neither origin nor owner afterwards (RFC 1035 §5.1), but $TTL, as in BIND. */
  private readIncluded({ tokens }: Entry, scope: Scope, around: readonly string[]): void {
    const [, path, originToken] = tokens as readonly [Token, Token, Token | undefined]
    const refuse = (message: string): void => this.records.refuse(position(path, scope), message)
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

  /** Handles `$GENERATE range owner [TTL] [class] type data`. The data is all after the type, or BIND's one string. */
  private generate({ tokens }: Entry, scope: Scope): void {
    const [name, rangeToken, ownerToken] = tokens as readonly [Token, Token | undefined, Token | undefined]
    const refuse = (token: Token, message: string): void => this.records.refuse(position(token, scope), message)
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
      const texts: string[] = []
      for (const [i, template] of [owner.value, ...templates].entries()) {
        const text = template(value)
        if (!text.ok) return refuse(data[i - 1] ?? ownerToken, text.error)
        texts.push(text.value)
        this.generatedChars += text.value.length
      }
      if (this.generatedChars > MAX_GENERATED_CHARS) {
        const message = `$GENERATE makes too much text; expected at most ${MAX_GENERATED_CHARS} characters in a zone`
        return refuse(rangeToken, message)
      }
      const [ownerText, ...dataTexts] = texts as [string, ...string[]]
      this.records.generated({ ownerText, dataTexts, head }, at, scope)
      // An error in one record is most likely in all of them.
      if (this.records.errors.length > before) return
    }
  }

  /**
   * Returns the tokens of the data, or undefined after an error. In BIND a single string contains all words of the
   * data, as in `MX "10 mail$"`. For TXT, a string without quotes inside is one string, as in PowerDNS.
   */
  private generatedData(tokens: readonly Token[], type: number, scope: Scope): readonly Token[] | undefined {
    const [only, more] = tokens
    if (!only?.quoted || more) return tokens
    if (hasStrings(type) && !only.text.includes('\\"')) {
      if (/\s/.test(only.text)) {
        this.records.warn(position(only, scope), 'BIND makes several strings of this text; expected it as one, as here')
      }
      return tokens
    }
    const before = this.records.errors.length
    const lexer = new Lexer(only.text.replaceAll('\\"', '"'), (_, message) =>
      this.records.refuse(position(only, scope), `in the data of $GENERATE: ${message}`),
    )
    const words = lexer.next()?.tokens ?? []
    return this.records.errors.length > before ? undefined : words.map((word) => ({ ...word, at: only.at }))
  }
}

const position = (token: Token, scope: Scope) => ({ in: scope.in, at: token.at })
