/** The registry of steps: one line a family. */
import type { Built, ExpectedEvent, Step, StepContext, StepName, StepRule, StepRules } from './model.js';
import { ndtSteps } from './steps/ndt.js';
import { ndx22Steps } from './steps/ndx22.js';
import { nftSteps } from './steps/nfts.js';
import { noiseSteps } from './steps/noise.js';
import { setupSteps } from './steps/setup.js';
import { stakingSteps } from './steps/staking.js';
import { trackSteps } from './steps/tracks.js';

const RULES: StepRules<StepName> = {
  ...setupSteps,
  ...ndtSteps,
  ...stakingSteps,
  ...trackSteps,
  ...nftSteps,
  ...ndx22Steps,
  ...noiseSteps,
};

/** TypeScript cannot see that a step's name selects its rule; the registry's type says so. */
const ruleOf = (step: Step): StepRule<StepName> => RULES[step.do] as unknown as StepRule<StepName>;

export const buildStep = (step: Step, context: StepContext): Built => ruleOf(step).build(step, context);
export const expectStep = (step: Step, context: StepContext): readonly ExpectedEvent[] =>
  ruleOf(step).expect(step, context);
