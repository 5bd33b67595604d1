// Reads a parsed PowerShell script: its literal values by the language's own rules, and the commands with their arguments.
import type { Node } from 'web-tree-sitter'
import { codeOf, type Value, unwrapped } from './parsers.ts'

export interface Command {
  name: string
  parameters: Record<string, Value>
}

export interface PowerShellScript {
  /** Defaults of the script's parameters, and variables with a literal value, without `$`. */
  variables: Record<string, Value>
  commands: Command[]
  /** What each foreach goes over, and the hash tables in its body. */
  loops: { over: Value; tables: Value[] }[]
  /** Assignments such as `$change['web'] = …`, by their left side. */
  changes: Record<string, Value>
}

/** Quotes that end a PowerShell text, or stand doubled in it. */
const SINGLE_QUOTES = "'\u2018\u2019\u201A\u201B"

export function readPowerShell(root: Node): PowerShellScript {
  const variables: Record<string, Value> = {}
  const changes: Record<string, Value> = {}
  for (const parameter of root.descendantsOfType('script_parameter')) {
    const value = parameter.children.find((one) => one.type === 'script_parameter_default')
    const name = parameter.children.find((one) => one.type === 'variable')
    const literal = value?.namedChild(0)
    if (name && literal) variables[name.text.slice(1)] = valueOf(literal, {})
  }
  for (const assignment of root.descendantsOfType('assignment_expression')) {
    const [left, operator, right] = assignment.namedChildren
    if (!left || !right || operator?.text !== '=') continue
    if (!left.text.includes('[')) variables[left.text.slice(1)] ??= valueOf(right, variables)
    else changes[left.text] = valueOf(right, variables)
  }
  return {
    variables,
    changes,
    commands: root.descendantsOfType('command').map((node) => commandOf(node, variables)),
    loops: root.descendantsOfType('foreach_statement').map((node) => ({
      over: valueOf(node.descendantsOfType('variable').at(1) ?? node, variables),
      tables: node
        .descendantsOfType('hash_literal_expression')
        .map((table) => valueOf(table, variables)),
    })),
  }
}

function commandOf(node: Node, variables: Record<string, Value>): Command {
  const parameters: Record<string, Value> = {}
  const elements = node.childForFieldName('command_elements')?.namedChildren ?? []
  const words = elements.filter((one) => one.type !== 'command_argument_sep')
  for (const [index, word] of words.entries()) {
    if (word.type !== 'command_parameter') continue
    const next = words[index + 1]
    parameters[word.text.slice(1)] =
      next && next.type !== 'command_parameter' ? valueOf(next, variables) : true
  }
  return { name: node.childForFieldName('command_name')?.text ?? '', parameters }
}

function valueOf(wrapped: Node, variables: Record<string, Value>): Value {
  const node = unwrapped(wrapped)
  switch (node.type) {
    case 'verbatim_string_characters':
      return verbatim(node.text)
    case 'expandable_string_literal':
      return expanded(node, variables)
    case 'decimal_integer_literal':
    case 'hexadecimal_integer_literal':
      return Number(node.text)
    case 'generic_token':
      return node.text
    case 'variable': {
      const known = variables[node.text.slice(1)]
      return known === undefined ? codeOf(node) : known
    }
    case 'parenthesized_expression':
      return valueOf(node.namedChild(0) ?? node, variables)
    case 'array_expression':
      return (node.namedChild(0)?.namedChildren ?? []).map((item) => valueOf(item, variables))
    case 'hash_literal_expression':
      return Object.fromEntries(
        node.descendantsOfType('hash_entry').flatMap((entry) => {
          // The entries of inner tables belong to those.
          if (entry.parent?.parent?.id !== node.id) return []
          const [key, value] = entry.namedChildren
          return key && value ? [[key.text, valueOf(value, variables)]] : []
        }),
      )
    case 'cast_expression':
      return castOf(node, variables)
    case 'additive_expression':
    case 'comparison_expression':
      return binary(node, variables)
    default:
      return codeOf(node)
  }
}

function verbatim(text: string): string {
  const inner = text.slice(1, -1)
  return inner.replaceAll(new RegExp(`([${SINGLE_QUOTES}])[${SINGLE_QUOTES}]`, 'g'), '$1')
}

function expanded(node: Node, variables: Record<string, Value>): Value {
  const text = node.text.slice(1, -1)
  if (text.includes('$(') || text.includes('`')) return codeOf(node)
  return text.replaceAll(/\$(\w+)/g, (all, name: string) => {
    const value = variables[name]
    return typeof value === 'string' ? value : all
  })
}

function castOf(node: Node, variables: Record<string, Value>): Value {
  const [type, operand] = node.namedChildren
  const value = operand ? valueOf(operand, variables) : null
  return type?.text === '[char]' && typeof value === 'number'
    ? String.fromCharCode(value)
    : codeOf(node)
}

function binary(node: Node, variables: Record<string, Value>): Value {
  const [first, last] = [node.children.at(0), node.children.at(-1)]
  if (!first || !last) return codeOf(node)
  const operator = node.children[1]?.text.toLowerCase()
  const [left, right] = [valueOf(first, variables), valueOf(last, variables)]
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right
  if (operator === '-join' && Array.isArray(left) && typeof right === 'string') {
    return left.every((one) => typeof one === 'string') ? left.join(right) : codeOf(node)
  }
  return codeOf(node)
}
