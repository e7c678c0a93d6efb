/** Fills the array with random octets, as `crypto.getRandomValues` does. */
export type Fill = (octets: Uint8Array<ArrayBuffer>) => void

/** 32 characters: five bits of an octet choose one, each as often as the others. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const ID_CHARS = 8
/** 160 bits, which nobody guesses. */
const RANDOM_CHARS = 32

const SECRET = new RegExp(`^gslb_([a-z2-7]{${ID_CHARS}})_[a-z2-7]{${RANDOM_CHARS}}$`)
const ID = new RegExp(`^[a-z2-7]{${ID_CHARS}}$`)

export const isKeyId = (text: string): boolean => ID.test(text)

/** Returns true for a text that may be the secret of a key. */
export const isSecret = (text: string): boolean => SECRET.test(text)

/** Returns the id of a secret `gslb_<id>_<random>`; undefined for a text of another form. */
export const idOfSecret = (text: string): string | undefined => SECRET.exec(text)?.[1]

export const makeId = (fill: Fill): string => randomText(ID_CHARS, fill)

export const makeSecret = (id: string, fill: Fill): string => `gslb_${id}_${randomText(RANDOM_CHARS, fill)}`

/** Returns 80 random bits as text: no two sessions of a key are the same. */
export const makeNonce = (fill: Fill): string => randomText(16, fill)

function randomText(length: number, fill: Fill): string {
  const octets = new Uint8Array(length)
  fill(octets)
  return Array.from(octets, (octet) => ALPHABET[octet & 31]).join('')
}

/** Returns SHA-256 of a secret, in hexadecimal: all that is stored of it. */
export async function hashOfSecret(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, '0')).join('')
}

/** Returns true if two hashes are equal, in a time that does not depend on where they differ. */
export function isSameHash(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

/** Returns true if two secrets are equal. It compares hashes, so that its time does not tell where they differ. */
export async function isSameSecret(offered: string, secret: string): Promise<boolean> {
  const [a, b] = await Promise.all([hashOfSecret(offered), hashOfSecret(secret)])
  return isSameHash(a, b)
}
