// The GitHub workflows: read by GitHub's own parser, with pinned actions, few permissions and commands that exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../build/child.ts'

// The parser imports its schema as bundlers do; Node wants to be told that it is JSON.
registerHooks({
  load: (url, context, next) =>
    url.endsWith('.json')
      ? next(url, { ...context, importAttributes: { type: 'json' } })
      : next(url, context),
})
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } =
  await import('@actions/workflow-parser')

const folder = join(projectRoot, '.github', 'workflows')
const workflows = readdirSync(folder).map((name) => ({
  name,
  content: readFileSync(join(folder, name), 'utf8'),
}))
const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

function problemsOf(file: { name: string; content: string }): string[] {
  const { context } = parseWorkflow(file, new NoOperationTraceWriter())
  return context.errors.getErrors().map(({ message }) => message)
}

describe.each(workflows)('$name', ({ name, content }) => {
  it('is a workflow, as GitHub reads it', async () => {
    expect(problemsOf({ name, content })).toEqual([])
    const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter())
    if (!value) throw new Error('There is no workflow in it.')
    const template = await convertWorkflowTemplate(context, value)
    expect(template.errors ?? []).toEqual([])
    expect(template.jobs.length).toBeGreaterThan(0)
  })

  it('would be refused with a misspelled key', () => {
    const misspelled = content.replace('timeout-minutes', 'timeout-minute')
    expect(problemsOf({ name, content: misspelled })).not.toEqual([])
  })

  it('pins every action to a commit, with the version beside it', () => {
    const used = [...content.matchAll(/uses: (?!\.\/)(.*)/g)].map((match) => match[1] ?? '')
    for (const action of used) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('may read the repository and nothing else, unless a job says more; what it checked out keeps no token', () => {
    expect(content).toMatch(/^permissions:\n {2}contents: read\n\n/m)
    const checkouts = content.match(/uses: actions\/checkout@/g) ?? []
    expect(content.match(/persist-credentials: false/g) ?? []).toHaveLength(checkouts.length)
  })

  it('names scripts and build programs that exist', () => {
    const commands = [...content.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? '')
    expect(commands.filter((command) => !(command in scripts))).toEqual([])
    const programs = [...content.matchAll(/build\/run\.js ([\w-]+)/g)].map(([, program]) => program)
    for (const program of programs) {
      expect(existsSync(join(projectRoot, 'build', `${program ?? ''}.ts`))).toBe(true)
    }
  })

  it('puts nothing that strangers can write into a shell', () => {
    expect(content).not.toMatch(
      /\$\{\{\s*github\.(?:head_ref|event\.(?:pull_request|issue|comment))/,
    )
  })
})
