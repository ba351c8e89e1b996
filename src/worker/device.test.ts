import { expect, test, vi } from 'vitest';
import { UserError } from '../errors';
import { Device, DeviceGone, type OnDevice } from './device';

function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/** A device that a test can lose; whether it is alive it knows before the news is told. */
function fakeDevice() {
  let lose = (_: string) => {};
  const lost = new Promise<string>((resolve) => {
    lose = resolve;
  });
  const gpu = {
    isLost: false,
    lost,
    isAlive: async () => !gpu.isLost,
    destroy: () => on.lose('destroyed'),
  };
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
  const order: string[] = [];
  const [begun, finish] = [signal(), signal()];
  const first = device.use(async () => {
    order.push('first begins');
    begun.give();
    await finish.given;
    order.push('first ends');
  });
  const second = device.use(async () => void order.push('second'));
  await begun.given;
  finish.give();
  await Promise.all([first, second]);
  expect(order).toEqual(['first begins', 'first ends', 'second']);
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

test('an error that comes before the news of the loss counts as the loss, however late the news is', async () => {
  const { device, events } = setUp();
  let runs = 0;
  const result = await device.use(async ({ gpu, lose }) => {
    if (++runs > 1) return 'done';
    // The device answers nothing more, and the loss is told once it has been asked.
    gpu.isAlive = () => {
      lose('driver restarted');
      return new Promise(() => {});
    };
    throw new Error('mapAsync failed');
  });
  expect(result).toBe('done');
  expect(events.onLost.mock.calls).toEqual([['driver restarted', 1]]);
});

test('a device that refuses to answer is lost, also where no news of it comes', async () => {
  const { device, events } = setUp();
  let runs = 0;
  const result = await device.use(async ({ gpu }) => {
    if (++runs > 1) return 'done';
    gpu.isAlive = async () => false;
    throw new Error('mapAsync failed');
  });
  expect(result).toBe('done');
  expect(events.onLost.mock.calls).toEqual([['mapAsync failed', 1]]);
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
  const recovered = signal();
  events.onRecovered.mockImplementation(recovered.give);
  on.lose('laptop slept');
  await recovered.given;
  expect(opened).toHaveBeenCalledTimes(2);
});

test('while a job waits for what needs no device, others have it, and then it goes on', async () => {
  const { device } = setUp();
  const order: string[] = [];
  const [away, back] = [signal(), signal()];
  const first = device.use(async (on) => {
    order.push('first begins');
    away.give();
    await device.away(on, back.given);
    order.push('first goes on');
  });
  await away.given;
  await device.use(async () => void order.push('second'));
  const third = device.use(async () => void order.push('third'));
  back.give();
  await Promise.all([first, third]);
  expect(order).toEqual(['first begins', 'second', 'third', 'first goes on']);
});

test('a job whose device was lost while it waited runs again; one whose wait fails tells why', async () => {
  const { device, opened } = setUp();
  const [away, back] = [signal(), signal()];
  let runs = 0;
  const first = device.use(async (on) => {
    if (++runs > 1) return 'again';
    away.give();
    await device.away(on, back.given);
    return 'not reached';
  });
  await away.given;
  await device.use(async (on) => on.lose('driver restarted'));
  await device.use(async () => {});
  back.give();
  expect(await first).toBe('again');
  expect(opened).toHaveBeenCalledTimes(2);
  await expect(device.use((on) => device.away(on, Promise.reject(new UserError('Left.'))))).rejects.toThrow('Left.');
  expect(await device.use(async () => 'next')).toBe('next');
});
