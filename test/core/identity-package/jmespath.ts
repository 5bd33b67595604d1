// The part of JMESPath that the shell script uses: fields, indexes, filters, flattening and lists of fields.
// https://jmespath.org/specification.html

type Step =
  | { kind: 'field'; name: string }
  | { kind: 'index'; at: number }
  | { kind: 'flatten' }
  | { kind: 'filter'; name: string; equal: boolean; value: string }
  | { kind: 'list'; names: string[] }

/** The result of a JMESPath expression; the whole value for an empty one. Throws for what it does not know. */
export function query(value: unknown, expression: string): unknown {
  return walk(value, stepsOf(expression))
}

function stepsOf(expression: string): Step[] {
  const steps: Step[] = []
  let rest = expression
  while (rest) {
    const match =
      /^\.?(\w+)/.exec(rest) ??
      /^\[(\d+)\]/.exec(rest) ??
      /^\[\]/.exec(rest) ??
      /^\[\?(\w+)(==|!=)'([^']*)'\]/.exec(rest) ??
      /^\.?\[([\w,]+)\]/.exec(rest)
    if (!match) throw new Error(`Not understood: ${rest}`)
    const [whole, first = '', operator, text = ''] = match
    if (whole === '[]') steps.push({ kind: 'flatten' })
    else if (operator) {
      steps.push({ kind: 'filter', name: first, equal: operator === '==', value: text })
    } else if (/^\[\d/.test(whole)) steps.push({ kind: 'index', at: Number(first) })
    else if (whole.includes('[')) steps.push({ kind: 'list', names: first.split(',') })
    else steps.push({ kind: 'field', name: first })
    rest = rest.slice(whole.length)
  }
  return steps
}

function walk(value: unknown, [step, ...rest]: Step[]): unknown {
  if (!step) return value ?? null
  switch (step.kind) {
    case 'field':
      return walk(fieldOf(value, step.name), rest)
    case 'index':
      return walk(Array.isArray(value) ? (value as unknown[])[step.at] : null, rest)
    case 'list':
      if (value === null || value === undefined) return null
      return walk(
        step.names.map((name) => fieldOf(value, name)),
        rest,
      )
    case 'flatten':
      if (!Array.isArray(value)) return null
      return project((value as unknown[]).flat(), rest)
    case 'filter':
      if (!Array.isArray(value)) return null
      return project(
        (value as unknown[]).filter(
          (one) => (fieldOf(one, step.name) === step.value) === step.equal,
        ),
        rest,
      )
  }
}

/** What follows is done with each item, up to a flattening, which takes all results together. */
function project(items: unknown[], steps: Step[]): unknown {
  const end = steps.findIndex(({ kind }) => kind === 'flatten')
  const each = end < 0 ? steps : steps.slice(0, end)
  const results = items.map((one) => walk(one, each)).filter((one) => one !== null)
  return end < 0 ? results : walk(results, steps.slice(end))
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return (value as Record<string, unknown>)[name] ?? null
}
