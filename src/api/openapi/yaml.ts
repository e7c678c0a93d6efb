/** Writes JSON as YAML 1.2: maps and lists in blocks, texts in JSON's quotes where they need any. */
export function yamlOf(value: unknown): string {
  return `${lines(value).join('\n')}\n`
}

function lines(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return ['[]']
    return value.flatMap((item) => below('- ', lines(item)))
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    if (entries.length === 0) return ['{}']
    return entries.flatMap(([key, inner]) => {
      const [first = '', ...rest] = lines(inner)
      const isBlock = typeof inner === 'object' && inner !== null && !/^[[{]/.test(first)
      return isBlock ? [`${scalar(key)}:`, ...[first, ...rest].map(indented)] : [`${scalar(key)}: ${first}`]
    })
  }
  return [typeof value === 'string' ? scalar(value) : JSON.stringify(value)]
}

/** Puts a mark before the first line, and the others as deep as what follows it. */
const below = (mark: string, [first = '', ...rest]: readonly string[]): readonly string[] => [
  `${mark}${first}`,
  ...rest.map(indented),
]

const indented = (line: string): string => `  ${line}`

/** A text that no reader, of YAML 1.1 either, takes for anything else needs no quotes. */
const scalar = (text: string): string =>
  /^[A-Za-z/][A-Za-z0-9_/{}.-]*$/.test(text) && !RESERVED.test(text) ? text : quoted(text)

/** JSON's quotes are YAML's, but for the characters that end a line in YAML 1.1. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[\x85\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`)

const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i
