// The parts of apg-js that the tests use; the package brings no types.
declare module 'apg-js' {
  export const apgApi: new (source: string) => {
    generate(): void
    toObject(): object
    errors: unknown[]
  }
  export const apgLib: {
    parser: new () => {
      parse(
        grammar: object,
        startRule: string,
        input: number[],
      ): {
        success: boolean
        maxMatched: number
      }
    }
  }
}
