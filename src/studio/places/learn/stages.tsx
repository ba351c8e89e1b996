/** @file What can stand beside a lesson's text. */
import type { ComponentType } from 'react';
import type { Stage } from '../../lessons/lesson';
import { Charts } from '../../parts/run/charts';
import { Samples } from '../../parts/run/samples';
import { Settings } from '../../parts/run/settings';
import { Timeline } from '../../parts/timeline/timeline';
import { LaboratoryStage } from './laboratory/laboratory';

/** The laboratory as a lesson has set it. */
const Laboratory = () => <LaboratoryStage drawing={null} onDraw={() => {}} />;

export const STAGES: Record<Stage, ComponentType> = {
  timeline: Timeline,
  samples: Samples,
  charts: Charts,
  settings: Settings,
  laboratory: Laboratory,
};
