/**
 * @file Loaded into a program with `node --import`: sends it a signal at a chosen moment of its work, so that a test
 * interrupts it there on any machine. The moment is in SIGNAL_AT, as JSON:
 *
 *     { "signal": "SIGKILL", "call": "renameSync", "path": "/snapshot.safetensors", "time": 2, "before": false }
 *
 * right after (or before) the second call of fs.renameSync whose last path ends so.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

if (process.env.SIGNAL_AT) {
  const { signal, call, path, time, before } = JSON.parse(process.env.SIGNAL_AT);
  const original = fs[call];
  let times = 0;
  fs[call] = (...args) => {
    const target = call === 'renameSync' ? args[1] : args[0];
    const isMoment = String(target).endsWith(path) && ++times === time;
    if (isMoment && before) process.kill(process.pid, signal);
    const result = original(...args);
    if (isMoment && !before) process.kill(process.pid, signal);
    return result;
  };
  syncBuiltinESMExports();
}
