/**
 * Returns a DoH query in base64url (RFC 8484 §4.1, RFC 1035 §4.1): ID 0, recursion desired, class IN.
 * @returns the reason as text if the name cannot be asked for
 */
export function queryFor(name: string, type: number): { readonly dns: string } | { readonly why: string } {
  const labels = name.replace(/\.$/, '').split('.')
  const octets = name === '.' || name === '' ? [] : labels.flatMap((label) => [label.length, ...codesOf(label)])
  if (!/^[!-[\]-~]*$/.test(name))
    return { why: 'it has characters that this form does not send; expected its ASCII form, like xn--…' }
  if (name !== '.' && labels.some((label) => label === '' || label.length > 63))
    return { why: 'expected labels of 1 to 63 characters' }
  if (octets.length > 254) return { why: 'expected at most 253 characters' }
  return { dns: base64Url([...HEADER, ...octets, 0, type >> 8, type & 255, 0, 1]) }
}

const HEADER = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]

const codesOf = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0))

const base64Url = (octets: readonly number[]): string =>
  btoa(String.fromCharCode(...octets))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
