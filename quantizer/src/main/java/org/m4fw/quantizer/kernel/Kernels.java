package org.m4fw.quantizer.kernel;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which kernel runs in this process. Until the compiler has treated it, code with vectors is a
 * thousand times slower than without, and then some seconds of compilation have to pay off. So
 * everybody begins with the scalar kernel; when there proves to be a lot of work, a thread in the
 * background exercises the vector kernel, and once that is faster, it is used. As both give the
 * same bytes, it does not matter when.
 *
 * <p>The vector kernel needs {@link VectorModule} and is turned off by the system property {@code
 * m4fw.vector=false}.
 */
final class Kernels {
  /** The work after which more is to be expected; some tenths of a second. */
  private static final long MUCH_WORK = 16 << 20;

  private static final Kernel SCALAR = new ScalarKernel();
  private static final AtomicLong WORK = new AtomicLong();
  private static final AtomicBoolean WARMING = new AtomicBoolean();
  private static volatile Kernel current = SCALAR;

  private Kernels() {}

  static Kernel scalar() {
    return SCALAR;
  }

  /** Whether there is a vector kernel in this process. */
  static boolean hasVectors() {
    return !System.getProperty("m4fw.vector", "true").equals("false") && VectorModule.isAvailable();
  }

  /** The vector kernel, in a class of its own, so that nothing else needs the module. */
  static final class Vectors {
    private Vectors() {}

    static Kernel kernel() {
      return new VectorKernel();
    }
  }

  /** The kernel to use now. */
  static Kernel forWork(long elements) {
    Kernel kernel = current;
    if (kernel == SCALAR
        && WORK.addAndGet(elements) > MUCH_WORK
        && hasVectors()
        && WARMING.compareAndSet(false, true)) {
      Thread.ofPlatform().daemon().name("vector kernel warm-up").start(Kernels::warmUp);
    }
    return kernel;
  }

  private static void warmUp() {
    Kernel vectors = Vectors.kernel();
    if (new WarmUp(vectors, SCALAR).untilFaster()) {
      current = vectors;
    }
  }
}
