/** Reads an exact fraction of the API, `1/3`; null for one that is not known. */
export function fractionOf(text: string | null): number | null {
  if (text === null) return null
  const [above = '', below = '1'] = text.split('/')
  const value = Number(above) / Number(below)
  return Number.isFinite(value) ? value : null
}

/** Formats a part from 0 to 1: `33.33 %`; what is above 0 is never 0. */
export function percentText(part: number): string {
  const percent = part * 100
  const rounded = percent === 0 || percent >= 0.01 ? Number(percent.toFixed(2)) : Number(percent.toPrecision(2))
  return `${rounded} %`
}
