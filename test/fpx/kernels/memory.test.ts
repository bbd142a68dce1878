/** The kernels' memory: what is asked for is there, or it is said why not. */
import { expect } from 'chai';
import { KernelMemory, KernelMemoryError } from '../../../fpx/kernels/kernels.js';

describe('memory of the kernels', () => {
  it('is zeroed, begins at a line of the cache and belongs to nobody else', () => {
    const memory = new KernelMemory();
    const sizes = [1, 64, 100, 70_000, 4096, 3];
    const places = sizes.map((bytes) => memory.allocate(bytes));
    memory.take(places[3]!, sizes[3]!);
    sizes.forEach((bytes, i) => {
      expect(places[i]! % 64).to.equal(0);
      const view = memory.bytes(places[i]!, bytes);
      expect(view.every((byte) => byte === 0)).to.equal(true);
      view.fill(i + 1);
    });
    sizes.forEach((bytes, i) => expect(memory.bytes(places[i]!, bytes).every((byte) => byte === i + 1)).to.equal(true));
  });

  it('is given by the system at once where that is asked for', () => {
    const megabytes = 32;
    const bytes = megabytes * 2 ** 20;
    const resident = (): number => process.memoryUsage.rss() / 2 ** 20;
    const memory = new KernelMemory();
    const before = resident();
    const [now, later] = [memory.allocate(bytes), memory.allocate(bytes)];
    expect(resident() - before, 'not asked for').to.be.below(megabytes / 2);
    memory.take(now, bytes);
    expect(resident() - before, 'asked for').to.be.within(megabytes / 2, megabytes * 1.5);
    memory.bytes(later, bytes).fill(1);
    expect(resident() - before, 'written to').to.be.above(megabytes * 1.5);
  });

  it('is refused with a word on how much there is', () => {
    const memory = new KernelMemory();
    memory.allocate(1000);
    const whole = (): number => memory.allocate(2 ** 32);
    expect(whole).to.throw(KernelMemoryError, 'the model needs over 4 GiB of WebAssembly memory');
    expect(memory.allocate(1000), 'what failed took nothing').to.be.below(2 ** 20);
    // A host without memory, which no test can ask for: its refusal is made up here.
    const inner = (memory as unknown as { memory: WebAssembly.Memory }).memory;
    Object.defineProperty(inner, 'grow', {
      value: () => {
        throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
      },
    });
    expect(() => memory.allocate(10e6)).to.throw(KernelMemoryError, /needs 1\d MB of WebAssembly memory, which this host does not give/);
  });
});
