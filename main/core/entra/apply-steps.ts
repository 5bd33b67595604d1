// The visible steps of applying the plan: their order, what is said while they run, and telling of their progress.
import type { Progress } from '../../contract/models/job.ts'
import type { ApplyStep } from '../../contract/models/setup.ts'
import type { EntraContext } from './context.ts'

type StepObject = ApplyStep['object']

/** The steps in their order, what is said while they run, and how long they usually take. */
const STEPS: { object: StepObject; doing: string; usuallySeconds: number }[] = [
  { object: 'application', doing: 'Looking for the application', usuallySeconds: 5 },
  { object: 'service-principal', doing: 'Adding it to your tenant', usuallySeconds: 10 },
  { object: 'redirect-uri', doing: 'Setting the redirect URI', usuallySeconds: 3 },
  { object: 'required-resource-access', doing: 'Listing the permissions', usuallySeconds: 3 },
  { object: 'client-secret', doing: 'Making the client secret', usuallySeconds: 5 },
  { object: 'delegated-grant', doing: 'Granting the delegated permissions', usuallySeconds: 5 },
  {
    object: 'app-role-assignments',
    doing: 'Granting the application permissions',
    usuallySeconds: 10,
  },
  {
    object: 'token',
    doing: 'Waiting until Microsoft puts everything into effect',
    usuallySeconds: 60,
  },
]

type StepWork<T> = (say: (doing: string) => void) => Promise<{ value: T; result: string }>

/** Runs steps one by one and tells of them. */
export function createSteps(
  { clock, signal }: Pick<EntraContext, 'clock' | 'signal'>,
  onStep: (steps: ApplyStep[], progress: Progress) => void,
): { run: <T>(object: StepObject, work: StepWork<T>) => Promise<T> } {
  const steps: ApplyStep[] = STEPS.map(({ object }) => ({
    object,
    state: 'waiting',
    result: null,
  }))
  const run = async <T>(object: StepObject, work: StepWork<T>): Promise<T> => {
    signal.throwIfAborted()
    const index = STEPS.findIndex((one) => one.object === object)
    const about = STEPS[index]
    const startedAt = clock.now().toISOString()
    const tell = (state: ApplyStep['state'], rest: { result?: string; doing?: string }) => {
      steps[index] = { object, state, result: rest.result ?? null }
      onStep(
        steps.map((step) => ({ ...step })),
        {
          current: index + 1,
          total: STEPS.length,
          doing: rest.doing ?? about?.doing ?? '',
          usuallySeconds: about?.usuallySeconds ?? null,
          startedAt,
        },
      )
    }
    tell('running', {})
    try {
      const { value, result } = await work((doing) => tell('running', { doing }))
      tell('done', { result })
      return value
    } catch (error) {
      // Stopped by a person: the next run looks how far it came.
      tell(signal.aborted ? 'waiting' : 'failed', {})
      throw error
    }
  }
  return { run }
}
