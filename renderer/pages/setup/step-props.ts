// What the parts of the Setup page are given.
import type { SetupStep } from '../../../main/contract/models/setup.ts'
import type { AppState } from '../../../main/contract/models/state.ts'
import type { PageModel } from '../../state/page-model.ts'

/** What a page is given. */
export interface SetupPageProps {
  model: PageModel
  app: AppState
}

/** What each step's detail is given. */
export interface StepProps extends SetupPageProps {
  step: SetupStep
  /** True when this step carries the page's one primary button. */
  primary: boolean
}
