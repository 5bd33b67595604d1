// Starts the built-in practice tenant for a host, keeps its state on disk, and offers it to the core as a port.
import { readFile } from 'node:fs/promises'
import { AppError } from '../core/app-error.ts'
import type { PracticePort } from '../core/ports/practice.ts'
import { signInAs } from '../practice/browser-person.ts'
import { startPracticeTenant, type PracticeTenant } from '../practice/practice-tenant.ts'
import { errorCode, writeFileAtomically } from './atomic-file.ts'

/** A burst of changes is written once. */
const SAVE_DELAY_MS = 150

export interface PracticeHost {
  tenant: PracticeTenant
  port: PracticePort
  /** Saves and stops the practice tenant. */
  close(): Promise<void>
}

/**
 * Starts the practice tenant where its last run ended. The file holds no secret in plain.
 * Throws AppError settings-unreadable when the file is damaged.
 */
export async function startPracticeHost(options: {
  file: string
  replicationDelayMs: number | undefined
}): Promise<PracticeHost> {
  const { file, replicationDelayMs } = options
  const snapshot = await readSnapshot(file)
  let timer: NodeJS.Timeout | undefined
  let saving: Promise<void> = Promise.resolve()
  const save = () => {
    clearTimeout(timer)
    timer = undefined
    saving = saving.then(() => writeFileAtomically(file, JSON.stringify(tenant.snapshot())))
    return saving
  }
  const tenant = await startPracticeTenant({
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(replicationDelayMs === undefined ? {} : { replicationDelayMs }),
    // A person's browser does not trust the tenant's certificate authority.
    pagesOverHttp: true,
    onChange: () => {
      timer ??= setTimeout(() => {
        save().catch(() => {
          // A full disk shows up at the next write of the app itself; the practice tenant goes on in memory.
        })
      }, SAVE_DELAY_MS)
    },
  })
  return {
    tenant,
    port: practicePort(tenant),
    close: async () => {
      await save()
      await tenant.close()
    },
  }
}

function practicePort(tenant: PracticeTenant): PracticePort {
  const { control } = tenant
  return {
    tenantDisplayName: tenant.tenantDisplayName,
    people: tenant.people.map((person) => ({ ...person })),
    chats: () => control.chats.map(({ id, topic, kind }) => ({ id, topic, kind })),
    traffic: () => ({ ...control.traffic }),
    setTraffic: (traffic) => control.setTraffic(traffic),
    faults: () => control.faults.map((fault) => ({ ...fault })),
    setFault: (name, on) => {
      const fault = control.faults.find((one) => one.name === name)
      if (!fault) throw notFound(`fault named “${name}”`)
      control.setFault(fault.name, on)
    },
    actions: () => control.actions.map((action) => ({ ...action })),
    act: (name) => act(tenant, name),
    replicationSeconds: () => control.replicationSeconds,
    setReplicationSeconds: (seconds) => {
      try {
        control.setReplicationSeconds(seconds)
      } catch (error) {
        throw refused(error, 'Choose another number of seconds.')
      }
    },
    say: async (message) => {
      if (!control.chats.some((chat) => chat.id === message.chatId)) throw notFound('such chat')
      if (!tenant.people.some((person) => person.id === message.personId)) {
        throw notFound('such person')
      }
      await control.say(message)
    },
    signInAs: async (personId, authorizeUrl, signal) => {
      const person = tenant.people.find((one) => one.id === personId)
      if (!person) throw notFound('such person')
      await signInAs({ authorizeUrl, person, signal })
    },
  }
}

function act(tenant: PracticeTenant, name: string): Promise<void> {
  const action = tenant.control.actions.find((one) => one.name === name)
  if (!action) return Promise.reject(notFound(`action named “${name}”`))
  try {
    tenant.control.act(action.name)
    return Promise.resolve()
  } catch (error) {
    return Promise.reject(
      refused(
        error,
        'Set up the application in the practice tenant first, or choose another action.',
      ),
    )
  }
}

/** What the practice tenant refuses says why in its own plain words. */
function refused(error: unknown, nextStep: string): AppError {
  const message = error instanceof Error ? error.message : 'The practice tenant refused this.'
  return new AppError('input-invalid', { message, nextStep, cause: error })
}

async function readSnapshot(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new AppError('settings-unreadable', {
      message: 'The practice tenant’s saved state is damaged.',
      nextStep: `Move the file ${file} away. The practice tenant then starts afresh.`,
      cause: error,
    })
  }
}

function notFound(what: string): AppError {
  return new AppError('not-found', {
    message: `The practice tenant has no ${what}.`,
    nextStep: 'Reload the page and choose again.',
  })
}
