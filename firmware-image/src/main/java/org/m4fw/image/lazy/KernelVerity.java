package org.m4fw.image.lazy;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.m4fw.base.digest.Digest;

/**
 * Asks the Linux kernel which fs-verity digest it enforces for a file ({@link Mode#KERNEL}). The
 * digest of a section in the manifest is that digest, so that a section in a file of its own needs
 * no further check. Source: the kernel's fs-verity documentation, {@code FS_IOC_MEASURE_VERITY}.
 */
public final class KernelVerity {
  /** {@code _IOWR('f', 134, struct fsverity_digest)}. */
  private static final long MEASURE = 0xC0046686L;

  private static final short SHA_256 = 1;
  private static final int HEAD = 4;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;
  private static final StructLayout ERRNO = Linker.Option.captureStateLayout();

  private KernelVerity() {}

  /**
   * Requires that the kernel enforces this digest.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link LazyError#NOT_ENFORCED}, which it is
   *     too where the kernel cannot be asked, or {@link LazyError#OTHER_DIGEST}
   */
  public static void require(Path file, Digest stated) {
    Digest enforced = enforced(file);
    if (!enforced.equals(stated)) {
      throw LazyError.OTHER_DIGEST.at(file, "", enforced, stated);
    }
  }

  private static Digest enforced(Path file) {
    String system = System.getProperty("os.name", "");
    if (!system.toLowerCase(Locale.ROOT).contains("linux")) {
      throw LazyError.NOT_ENFORCED.at(file, "", "this is no Linux");
    }
    try (Arena arena = Arena.ofConfined()) {
      return measure(file, arena);
    }
  }

  private static Digest measure(Path file, Arena arena) {
    MemorySegment errno = arena.allocate(ERRNO);
    MemorySegment path = arena.allocateFrom(file.toAbsolutePath().toString());
    int descriptor = call(function("open", true, POINTER, ValueLayout.JAVA_INT), errno, path, 0);
    if (descriptor < 0) {
      throw LazyError.NOT_ENFORCED.at(file, "", "it cannot be opened, error " + error(errno));
    }
    try {
      MemorySegment digest = arena.allocate(HEAD + Digest.BYTES);
      digest.set(ValueLayout.JAVA_SHORT, 2, (short) Digest.BYTES);
      int result =
          call(
              function("ioctl", true, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, POINTER),
              errno,
              descriptor,
              MEASURE,
              digest);
      if (result != 0) {
        throw LazyError.NOT_ENFORCED.at(file, "", "ioctl gives error " + error(errno));
      }
      if (digest.get(ValueLayout.JAVA_SHORT, 0) != SHA_256
          || digest.get(ValueLayout.JAVA_SHORT, 2) != Digest.BYTES) {
        throw LazyError.NOT_ENFORCED.at(file, "", "its digest is no SHA-256");
      }
      return Digest.ofBytes(digest.asSlice(HEAD, Digest.BYTES).toArray(ValueLayout.JAVA_BYTE));
    } finally {
      call(function("close", false, ValueLayout.JAVA_INT), errno, descriptor);
    }
  }

  private static int error(MemorySegment errno) {
    VarHandle value = ERRNO.varHandle(StructLayout.PathElement.groupElement("errno"));
    return (int) value.get(errno, 0L);
  }

  @SuppressWarnings("restricted") // three functions of the C library, with their true types
  private static MethodHandle function(
      String name, boolean variadic, java.lang.foreign.MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> address = linker.defaultLookup().find(name);
    int fixed = name.equals("ioctl") ? 2 : name.equals("open") ? 2 : 1;
    Linker.Option[] options =
        variadic
            ? new Linker.Option[] {
              Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(fixed)
            }
            : new Linker.Option[] {Linker.Option.captureCallState("errno")};
    return linker.downcallHandle(
        address.orElseThrow(() -> LazyError.NOT_ENFORCED.at("", "", "no " + name)),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments),
        options);
  }

  private static int call(MethodHandle function, Object... arguments) {
    try {
      return (int) function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("a function of the C library cannot be called", e);
    }
  }
}
