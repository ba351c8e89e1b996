/** @file What can stand beside a lesson's text. */
import type { ComponentType } from 'react';
import type { Stage } from '../../lessons/lesson';
import { Charts } from '../../parts/run/charts';
import { GammaChart } from '../../parts/run/gamma-chart';
import { Samples } from '../../parts/run/samples';
import { Settings } from '../../parts/run/settings';
import { SaturationGauge } from '../../parts/saturation-gauge';
import { Timeline } from '../../parts/timeline/timeline';
import { LaboratoryStage } from './laboratory/laboratory';
import { Cost } from './stages/cost';
import { KnownNoise } from './stages/known-noise';
import { OwnPictures } from './stages/own-pictures';
import { Runs } from './stages/runs';
import { Vote } from './stages/vote';
import { Words } from './stages/words';

/** The laboratory as a lesson has set it. */
const Laboratory = () => <LaboratoryStage drawing={null} onDraw={() => {}} />;

/** A part of the charts by itself. */
const Gamma = () => (
  <div className="panel stage-chart">
    <GammaChart />
  </div>
);
const Saturation = () => (
  <div className="panel stage-chart">
    <SaturationGauge />
  </div>
);

export const STAGES: Record<Stage, ComponentType> = {
  timeline: Timeline,
  samples: Samples,
  charts: Charts,
  settings: Settings,
  laboratory: Laboratory,
  gamma: Gamma,
  saturation: Saturation,
  'known-noise': KnownNoise,
  cost: Cost,
  words: Words,
  runs: Runs,
  vote: Vote,
  'own-pictures': OwnPictures,
};
