import { expect, test, vi } from 'vitest';
import { UserError } from '../errors';
import { Device, DeviceGone, type OnDevice } from './device';

/** A device that a test can lose. */
function fakeDevice() {
  let lose = (_: string) => {};
  const lost = new Promise<string>((resolve) => {
    lose = resolve;
  });
  const gpu = { isLost: false, lost, destroy: () => on.lose('destroyed') };
  const on = {
    gpu,
    lose: (reason: string) => {
      gpu.isLost = true;
      lose(reason);
    },
  };
  return on;
}

type Fake = ReturnType<typeof fakeDevice> & OnDevice;

function setUp(open: () => Promise<Fake> = async () => fakeDevice()) {
  const events = { onLost: vi.fn(), onRecovered: vi.fn(), onGone: vi.fn() };
  const opened = vi.fn(open);
  return { device: new Device<Fake>(opened, events, 1), events, opened };
}

test('jobs run one after the other on one device', async () => {
  const { device, opened } = setUp();
  const order: number[] = [];
  await Promise.all(
    [30, 1].map((ms, i) =>
      device.use(async () => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        order.push(i);
      }),
    ),
  );
  expect(order).toEqual([0, 1]);
  expect(opened).toHaveBeenCalledTimes(1);
});

test('a job whose device is lost runs again on the next one', async () => {
  const { device, events, opened } = setUp();
  let runs = 0;
  const result = await device.use(async (on) => {
    if (++runs === 1) {
      on.lose('driver restarted');
      throw new Error('mapAsync failed');
    }
    return 'done';
  });
  expect(result).toBe('done');
  expect(opened).toHaveBeenCalledTimes(2);
  expect(events.onLost.mock.calls).toEqual([['driver restarted', 1]]);
  expect(events.onRecovered).toHaveBeenCalledTimes(1);
});

test('a device that is lost again and again is given up with a sentence, and a later job tries anew', async () => {
  const { device, events, opened } = setUp();
  let broken = true;
  const job = async (on: Fake) => {
    if (!broken) return 'done';
    on.lose('out of memory');
    throw new Error('lost');
  };
  const failed = device.use(job);
  await expect(failed).rejects.toThrow(DeviceGone);
  await expect(failed).rejects.toThrow(/lost 4 times in a row \(out of memory\).*every finished step is saved/);
  expect(opened).toHaveBeenCalledTimes(4);
  expect(events.onLost.mock.calls.map(([, attempt]) => attempt)).toEqual([1, 2, 3]);
  broken = false;
  expect(await device.use(job)).toBe('done');
});

test('an adapter that is away after a loss is asked for again; one that was never there is an error at once', async () => {
  let openings = 0;
  const { device } = setUp(async () => {
    if (++openings === 2) throw new UserError('No adapter.');
    return fakeDevice();
  });
  let first = true;
  await device.use(async (on) => {
    if (!first) return;
    first = false;
    on.lose('gone');
    throw new Error('lost');
  });
  expect(openings).toBe(3);

  const never = setUp(async () => {
    throw new UserError('No adapter.');
  });
  await expect(never.device.use(async () => {})).rejects.toThrow('No adapter.');
  expect(never.opened).toHaveBeenCalledTimes(1);
});

test('an error that is no loss reaches its caller, and the next job keeps the device', async () => {
  const { device, opened } = setUp();
  await expect(
    device.use(async () => {
      throw new UserError('wrong word');
    }),
  ).rejects.toThrow('wrong word');
  await device.use(async () => {});
  expect(opened).toHaveBeenCalledTimes(1);
});

test('a device lost while nothing runs is opened again by itself', async () => {
  const { device, events, opened } = setUp();
  const on = await device.use(async (current) => current);
  on.lose('laptop slept');
  await vi.waitFor(() => expect(events.onRecovered).toHaveBeenCalled());
  expect(opened).toHaveBeenCalledTimes(2);
});
