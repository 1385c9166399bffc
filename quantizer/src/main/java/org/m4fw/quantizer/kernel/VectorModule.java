package org.m4fw.quantizer.kernel;

/**
 * The module of the Vector API. The JDK leaves incubating modules out of a program unless it is
 * started with {@code --add-modules}, which costs every start about 70 ms and prints a warning; so
 * it is loaded here, by whoever is about to compute with it, where the launcher has not put its
 * classes on the boot class path.
 *
 * <p>That needs {@code --add-exports=java.base/jdk.internal.module=ALL-UNNAMED}, which the launcher
 * gives. Without it the Vector API is not available, and the scalar kernels give the same bytes.
 */
final class VectorModule {
  private static final String NAME = "jdk.incubator.vector";
  private static final String CLASS = NAME + ".Vector";

  private VectorModule() {}

  /** Whether the Vector API can be used from now on; loads it if that has to be done. */
  static boolean isAvailable() {
    return Holder.AVAILABLE;
  }

  private static final class Holder {
    private static final boolean AVAILABLE =
        ModuleLayer.boot().findModule(NAME).isPresent() || isOnBootClassPath() || load();

    private static boolean isOnBootClassPath() {
      try {
        Class.forName(CLASS, false, null);
        return true;
      } catch (ClassNotFoundException e) {
        return false;
      }
    }

    private static boolean load() {
      try {
        Class.forName("jdk.internal.module.Modules")
            .getMethod("loadModule", String.class)
            .invoke(null, NAME);
        return true;
      } catch (ReflectiveOperationException | RuntimeException e) {
        return false;
      }
    }
  }
}
