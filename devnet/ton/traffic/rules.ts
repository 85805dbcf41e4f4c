/** The registry of steps: one line a family. */
import type { Built, Expected, Step, StepContext, StepName, StepRule, StepRules } from './model.js';
import { itemSteps } from './steps/items.js';
import { ndtSteps } from './steps/ndt.js';
import { noiseSteps } from './steps/noise.js';
import { saleSteps } from './steps/sales.js';
import { stakingSteps } from './steps/staking.js';

const RULES: StepRules<StepName> = {
  ...ndtSteps,
  ...stakingSteps,
  ...itemSteps,
  ...saleSteps,
  ...noiseSteps,
};

/** TypeScript cannot see that a step's name selects its rule; the registry's type says so. */
const ruleOf = (step: Step): StepRule<StepName> => RULES[step.do] as unknown as StepRule<StepName>;

export const buildStep = (step: Step, context: StepContext): Built => ruleOf(step).build(step, context);
export const expectStep = (step: Step, context: StepContext): Expected => ruleOf(step).expect(step, context);
