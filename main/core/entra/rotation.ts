// The rotation of the client secret, in an order that leaves a working secret handed over wherever it is stopped.
import { AppError } from '../app-error.ts'
import { wait } from '../backoff.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import type { EntraContext } from './context.ts'
import {
  CLIENT_SECRET_NAME,
  NEXT_SECRET_NAME,
  PREVIOUS_SECRET_NAME,
} from './provisioning-record.ts'
import {
  ensureNextSecret,
  PROOFS_NEEDED,
  proveSecret,
  removeNamesakes,
  removeSecret,
  type Rotation,
  type RotationNotes,
  type Tell,
} from './rotation-steps.ts'

/** Entra's replicas may disagree about a secret for a moment: more than one look before it counts as wrong. */
const WAITS_MS = [1_000, 3_000, 5_000]

/**
 * Adds a new secret, proves it, and hands it over; the old one stays. Goes on where an earlier run stopped.
 * Throws AppError secret-forbidden, not-ready-in-time and others; nothing is lost then.
 */
export async function rotateSecret(
  context: EntraContext,
  notes: RotationNotes,
  tell: Tell,
): Promise<void> {
  const { secrets, clock, random, log } = context
  if (!notes.record.rotation) {
    // A text from before would be taken for the one that is about to be made.
    await secrets.delete(NEXT_SECRET_NAME)
    await notes.save({
      rotation: {
        phase: 'adding',
        startedAt: clock.now().toISOString(),
        displayName: `EMI Tray ${random.uuid().slice(0, 8)}`,
        newSecret: null,
        oldSecret: notes.record.clientSecret,
      },
    })
  }
  for (;;) {
    const rotation = rotationOf(notes)
    if (rotation.phase !== 'adding' && rotation.phase !== 'proving') return
    const { newSecret: secret } = rotation
    const text = await secrets.get(NEXT_SECRET_NAME)
    if (rotation.phase === 'adding' || !secret || text === undefined) {
      tell({ current: 1, total: PROOFS_NEEDED, doing: 'Adding a secret', usuallySeconds: 5 }, 0)
      const newSecret = await ensureNextSecret(context, notes, rotation)
      await notes.save({ rotation: { ...rotation, phase: 'proving', newSecret } })
      continue
    }
    const { record } = notes
    if ((await proveSecret(context, { record, secret, text, tell })) === 'gone') {
      log.warning('secret', 'The new client secret was removed in Entra. Another one is made.', {
        keyId: secret.keyId,
      })
      // A replica may only not have shown it: left there, it would be taken for the one that is made next.
      await removeSecret(context, { record, ...secret })
      await secrets.delete(NEXT_SECRET_NAME)
      await notes.save({ rotation: { ...rotation, phase: 'adding', newSecret: null } })
      continue
    }
    const { displayName } = rotation
    const { keyId: keep } = secret
    await removeNamesakes(context, { record, displayName, keep, isExpected: false })
    await switchOver(secrets, notes)
    log.info('secret', 'A new client secret works and waits to be entered in Bright Pattern.', {
      keyId: secret.keyId,
    })
  }
}

/**
 * Ends a rotation after the person said that the new secret works in Bright Pattern: removes the old one.
 * Throws AppError client-secret-wrong, and removes nothing, when the new one does not work any more.
 */
export async function finishRotation(context: EntraContext, notes: RotationNotes): Promise<void> {
  const { secrets, log } = context
  if (rotationOf(notes).phase === 'handing-over') {
    const text = await secrets.get(CLIENT_SECRET_NAME)
    if (text === undefined || !(await works(context, notes, text))) throw newSecretBroken()
    await notes.save({ rotation: { ...rotationOf(notes), phase: 'removing' } })
  }
  const { record } = notes
  const { oldSecret, displayName } = rotationOf(notes)
  const keep = record.clientSecret?.keyId
  if (oldSecret && oldSecret.keyId !== keep) {
    await removeSecret(context, { record, ...oldSecret })
  }
  // Given up before an answer came: Graph may have made a secret all the same.
  const isExpected = !oldSecret && record.clientSecret?.displayName !== displayName
  await removeNamesakes(context, { record, displayName, keep, isExpected })
  await secrets.delete(PREVIOUS_SECRET_NAME)
  await secrets.delete(NEXT_SECRET_NAME)
  await notes.save({ rotation: null })
  log.info('secret', 'The rotation of the client secret is complete.', { keyId: keep })
}

/**
 * Gives the rotation up: goes back to the old secret and removes the new one. Throws AppError
 * rotation-unfinished, and changes nothing, where the old one does not work any more.
 */
export async function abandonRotation(context: EntraContext, notes: RotationNotes): Promise<void> {
  const { secrets } = context
  const rotation = rotationOf(notes)
  if (rotation.phase === 'handing-over') {
    const previous = await secrets.get(PREVIOUS_SECRET_NAME)
    const { oldSecret } = rotation
    if (!oldSecret || previous === undefined) throw cannotGoBack('is not known to EMI Tray')
    if (!(await works(context, notes, previous))) throw cannotGoBack('does not work any more')
    await secrets.set(CLIENT_SECRET_NAME, previous)
    await settleSwitch(secrets, notes)
  } else if (rotation.phase !== 'removing') {
    const { clientSecret } = notes.record
    const { newSecret } = rotation
    const removal = { phase: 'removing', newSecret: clientSecret, oldSecret: newSecret } as const
    await notes.save({ rotation: { ...rotation, ...removal } })
  }
  await finishRotation(context, notes)
}

/**
 * Completes a switch that was stopped between vault and record. Needs no administrator and no network.
 * Returns true when the secret that is handed over has become another one.
 */
export async function settleSwitch(secrets: SecretStore, notes: RotationNotes): Promise<boolean> {
  const { record } = notes
  const { rotation } = record
  if (!rotation) return false
  const current = await secrets.get(CLIENT_SECRET_NAME)
  if (current === undefined) return false
  if (rotation.phase === 'proving' && current === (await secrets.get(NEXT_SECRET_NAME))) {
    await switchOver(secrets, notes)
    return true
  }
  const { oldSecret } = rotation
  if (rotation.phase !== 'handing-over' || !oldSecret) return false
  if (current !== (await secrets.get(PREVIOUS_SECRET_NAME))) return false
  // On the way back the roles are swapped: the old secret stays, the new one is removed.
  const removal = {
    phase: 'removing',
    newSecret: oldSecret,
    oldSecret: record.clientSecret,
  } as const
  await notes.save({ clientSecret: oldSecret, rotation: { ...rotation, ...removal } })
  return true
}

/**
 * Makes the proven secret the one that is handed over. The vault goes first, the record last: both secrets work
 * meanwhile, and settleSwitch knows a stop in between by the two equal texts.
 */
async function switchOver(secrets: SecretStore, notes: RotationNotes): Promise<void> {
  const { record } = notes
  const rotation = rotationOf(notes)
  const next = await secrets.get(NEXT_SECRET_NAME)
  const current = await secrets.get(CLIENT_SECRET_NAME)
  if (next === undefined) throw newSecretBroken()
  if (current !== next) {
    if (current === undefined) await secrets.delete(PREVIOUS_SECRET_NAME)
    else await secrets.set(PREVIOUS_SECRET_NAME, current)
    await secrets.set(CLIENT_SECRET_NAME, next)
  }
  // Setup may have replaced the old one since the rotation began: what counts is the one of this moment.
  const oldSecret = record.clientSecret
  await notes.save({
    clientSecret: rotation.newSecret && { ...rotation.newSecret, proven: true },
    rotation: { ...rotation, phase: 'handing-over', oldSecret },
  })
  await secrets.delete(NEXT_SECRET_NAME)
}

/** Whether a token comes back for this text. Throws what says nothing about the secret, such as a network error. */
async function works(
  { appAuth, clock, signal }: EntraContext,
  { record }: RotationNotes,
  clientSecret: string,
): Promise<boolean> {
  const { tenantId, appId: clientId } = record
  for (let attempt = 0; ; attempt += 1) {
    try {
      await appAuth.acquire({ tenantId, clientId, clientSecret, signal })
      return true
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'client-secret-wrong') throw error
    }
    const waitMs = WAITS_MS[attempt]
    if (waitMs === undefined) return false
    await wait(clock, waitMs, signal)
  }
}

function rotationOf({ record }: RotationNotes): Rotation {
  if (record.rotation) return record.rotation
  throw new AppError('rotation-unfinished', {
    message: 'No rotation of the client secret is under way.',
    nextStep: 'Start one first.',
  })
}

function newSecretBroken(): AppError {
  return new AppError('client-secret-wrong', {
    message: 'The new client secret does not work any more, so the old one was not removed.',
    nextStep: 'Go back to the old secret, then start the rotation again.',
  })
}

function cannotGoBack(why: string): AppError {
  return new AppError('rotation-unfinished', {
    message: `EMI Tray cannot go back: the old client secret ${why}.`,
    nextStep:
      'Enter the new secret in the integration account, press Test connection, then confirm it here.',
  })
}
