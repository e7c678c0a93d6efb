/** The two forms of Prometheus: its own text (0.0.4), and OpenMetrics 1.0. */
export type Form = 'prometheus' | 'openmetrics'

export const CONTENT_TYPE: Readonly<Record<Form, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** A metric: its name as series have it, its kind, a sentence for people, and its series. */
export type Family = {
  readonly name: string
  /** The name of a counter ends with `_total`. */
  readonly kind: 'gauge' | 'counter'
  readonly help: string
  readonly series: Series
}

/** The series of a metric as they are written. No two have the same labels. */
export class Series {
  private readonly start: string
  /** A line for each, with the line break in front. */
  text = ''

  constructor(name: string) {
    this.start = `\n${name}`
  }

  add(labels: Labels, value: number): void {
    this.text += `${this.start}${labels} ${numberText(value)}`
  }

  /** Adds a series whose labels are in pieces, which several series share: thousands are written. */
  addPieces(start: string, middle: string, end: string, value: number): void {
    this.text += `${this.start}${start}${middle}${end}${numberText(value)}`
  }
}

type Described = Omit<Family, 'series'>

/** Returns a metric with its series, each labels and a value. */
export function familyOf(about: Described, values: Iterable<readonly [Labels, number]>): Family {
  const series = new Series(about.name)
  for (const [labels, value] of values) series.add(labels, value)
  return { ...about, series }
}

/**
 * Labels as they are written, in braces: `{zone="example.com"}`; empty for none. They are made once for several series.
 */
export type Labels = string

/** Formats labels. */
export function labelsOf(values: Readonly<Record<string, string>>): Labels {
  let text = ''
  for (const name in values) text += `${text === '' ? '{' : ','}${name}="${escaped(values[name] as string)}"`
  return text === '' ? '' : `${text}}`
}

/** Writes metrics. A family without series is left out. */
export function exposition(families: readonly Family[], form: Form): string {
  const parts: string[] = []
  for (const { name, kind, help, series } of families) {
    if (series.text === '') continue
    // OpenMetrics names the family of a counter without the suffix of its series.
    const title = form === 'openmetrics' && kind === 'counter' ? name.replace(/_total$/, '') : name
    parts.push(`# HELP ${title} ${escapedHelp(help, form)}\n# TYPE ${title} ${kind}`, series.text, '\n')
  }
  if (form === 'openmetrics') parts.push('# EOF\n')
  return parts.join('')
}

/** Escapes a value of a label. Most need nothing, and thousands are written. */
export const escaped = (value: string): string =>
  PLAIN.test(value)
    ? value
    : value.toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const PLAIN = /^[ !#-[\]-~]*$/

/** Quotes are escaped in OpenMetrics alone. */
function escapedHelp(help: string, form: Form): string {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return form === 'openmetrics' ? text.replaceAll('"', '\\"') : text
}

/** Both forms read the numbers of JavaScript, but for Infinity. */
const numberText = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
