/** A text that the bundler takes as it is. */
declare module '*.txt' {
  const text: string
  export default text
}
