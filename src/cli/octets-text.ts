/** Formats octets for a person: `182 kB`, `1.4 MB`. */
export function octetsText(octets: number): string {
  if (octets < 1000) return `${octets} ${octets === 1 ? 'octet' : 'octets'}`
  if (octets < 999_500) return `${short(octets / 1000)} kB`
  return octets < 999_500_000 ? `${short(octets / 1e6)} MB` : `${short(octets / 1e9)} GB`
}

const short = (value: number): string => (value < 9.95 ? value.toFixed(1) : String(Math.round(value)))
