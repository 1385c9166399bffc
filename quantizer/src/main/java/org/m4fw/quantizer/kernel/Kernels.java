package org.m4fw.quantizer.kernel;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which kernel runs in this process. Until the compiler has treated it, code with vectors is a
 * thousand times slower than without, and then half a second of compilation has to pay off. So
 * everybody begins with the scalar kernel; when there proves to be a lot of work, everybody waits
 * until what is used of the vector kernel is compiled, which takes less than going on without it.
 * As both give the same bytes, it does not matter when.
 *
 * <p>The compiler has to be told to treat the vector kernel at once ({@code
 * -XX:CompileCommand=CompileThresholdScaling} and {@code BackgroundCompilation}), which the
 * launcher does; otherwise it takes some seconds.
 *
 * <p>The vector kernel needs {@link VectorModule} and is turned off by the system property {@code
 * m4fw.vector=false}; {@code m4fw.vector.after} is the number of elements after which there is a
 * lot of work.
 */
final class Kernels {
  /** The work after which more is to be expected; about a tenth of a second. */
  private static final long MUCH_WORK = Long.getLong("m4fw.vector.after", 8 << 20);

  private static final Kernel SCALAR = new ScalarKernel();
  private static final AtomicLong WORK = new AtomicLong();

  /** The kernel for each use of which there was a lot. */
  private static final Map<KernelUse, Kernel> DECIDED = new ConcurrentHashMap<>();

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
  static Kernel forWork(long elements, KernelUse use) {
    Kernel decided = DECIDED.get(use);
    if (decided != null) {
      return decided;
    }
    return WORK.addAndGet(elements) > MUCH_WORK
        ? DECIDED.computeIfAbsent(use, Kernels::decide)
        : SCALAR;
  }

  private static Kernel decide(KernelUse use) {
    if (!hasVectors()) {
      return SCALAR;
    }
    Kernel vectors = Vectors.kernel();
    return new WarmUp(vectors, SCALAR, use).untilFaster() ? vectors : SCALAR;
  }
}
