/** @file Every action of the studio, in the order in which the command palette lists them. */
import type { Action } from './action';
import { addSideAction } from './add-side';
import { align } from './align';
import { anotherSeed } from './another-seed';
import { cancelDrawing } from './cancel-drawing';
import { cancelStart } from './cancel-start';
import { compareRun } from './compare-run';
import { continueRunAction } from './continue-run';
import { copyLines } from './copy-lines';
import { drawTimeline } from './draw-timeline';
import { exportMetrics } from './export-metrics';
import { exportPeft } from './export-peft';
import { exportRecording } from './export-recording';
import { exportRunFile } from './export-run-file';
import { exportSafetensors } from './export-safetensors';
import { extend } from './extend';
import { generateAction } from './generate';
import { goToPlace } from './go-to-place';
import { importAction } from './import';
import { judgePictures } from './judge-pictures';
import { labPlay } from './lab-play';
import { labStep } from './lab-step';
import { logScale } from './log-scale';
import { newRun } from './new-run';
import { nextNoise } from './next-noise';
import { nextStep } from './next-step';
import { notifyWhenDone } from './notify-when-done';
import { openAbout } from './open-about';
import { openGlossary } from './open-glossary';
import { openLaboratoryAction } from './open-laboratory';
import { openPalette } from './open-palette';
import { openSettings } from './open-settings';
import { pause } from './pause';
import { playNoise } from './play';
import { playTraining } from './play-training';
import { previousNoise } from './previous-noise';
import { previousStep } from './previous-step';
import { resetSettings } from './reset-settings';
import { resumeUnfinished } from './resume-unfinished';
import { saveGrid } from './save-grid';
import { share } from './share';
import { showTrainingPicture } from './show-training-picture';
import { singleStep } from './single-step';
import { slow } from './slow';
import { stop } from './stop';
import { swapSides } from './swap-sides';
import { toggleTheme } from './toggle-theme';
import { useOwnModel } from './use-own-model';

export const ACTIONS: Action[] = [
  align,
  cancelStart,
  pause,
  continueRunAction,
  resumeUnfinished,
  singleStep,
  stop,
  extend,
  notifyWhenDone,
  newRun,
  anotherSeed,
  ...goToPlace,
  openLaboratoryAction,
  labPlay,
  labStep,
  playNoise,
  playTraining,
  slow,
  previousNoise,
  nextNoise,
  previousStep,
  nextStep,
  drawTimeline,
  showTrainingPicture,
  generateAction,
  judgePictures,
  cancelDrawing,
  addSideAction,
  swapSides,
  saveGrid,
  compareRun,
  exportSafetensors,
  exportPeft,
  copyLines,
  exportRunFile,
  exportMetrics,
  exportRecording,
  importAction,
  useOwnModel,
  share,
  openSettings,
  resetSettings,
  logScale,
  toggleTheme,
  openPalette,
  openGlossary,
  openAbout,
];
