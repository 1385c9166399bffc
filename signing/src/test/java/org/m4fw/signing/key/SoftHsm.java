package org.m4fw.signing.key;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A real PKCS#11 token, in software. The library reads its configuration, from the file that
 * SOFTHSM2_CONF names, and looks for tokens once per process, so all tests of a module share one
 * token and have keys of their own in it.
 */
public final class SoftHsm {
  static final String PIN = "2718281828";
  private static final List<Path> MODULES =
      List.of(
          Path.of("/usr/lib/softhsm/libsofthsm2.so"),
          Path.of("/usr/lib64/pkcs11/libsofthsm2.so"),
          Path.of("/opt/homebrew/lib/softhsm/libsofthsm2.so"));
  private static final Pattern SLOT = Pattern.compile("reassigned to slot (\\d+)");

  private final Path module;
  private final long slot;

  private SoftHsm(Path module, long slot) {
    this.module = module;
    this.slot = slot;
  }

  private static Optional<SoftHsm> shared = Optional.empty();

  /** The token; where SoftHSM2 is missing, the test is skipped, and the summary says so. */
  public static synchronized SoftHsm token() throws IOException {
    if (shared.isEmpty()) {
      shared = Optional.of(make());
    }
    return shared.get();
  }

  private static SoftHsm make() throws IOException {
    Optional<Path> module = MODULES.stream().filter(Files::exists).findFirst();
    String configuration = System.getenv("SOFTHSM2_CONF");
    if (module.isEmpty() || configuration == null) {
      System.out.println("SKIPPED: PKCS#11 keys, as SoftHSM2 is not installed");
      Assumptions.abort("SoftHSM2 is not installed");
    }
    configure(Path.of(configuration));
    Process process =
        new ProcessBuilder(
                List.of(
                    "softhsm2-util",
                    "--module",
                    module.orElseThrow().toString(),
                    "--init-token",
                    "--free",
                    "--label",
                    "m4fw-test",
                    "--so-pin",
                    "31415926",
                    "--pin",
                    PIN))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher slot = SLOT.matcher(said);
    if (!slot.find()) {
      throw new IOException("softhsm2-util said: " + said);
    }
    return new SoftHsm(module.orElseThrow(), Long.parseLong(slot.group(1)));
  }

  private static void configure(Path configuration) throws IOException {
    Path tokens = configuration.resolveSibling("softhsm-tokens");
    if (Files.exists(tokens)) {
      try (Stream<Path> old = Files.walk(tokens)) {
        for (Path path : old.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectories(tokens);
    Files.writeString(
        configuration,
        "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n"
            .formatted(tokens));
  }

  public Path module() {
    return module;
  }

  public long slot() {
    return slot;
  }

  public Passphrase pin() {
    return Passphrase.of(PIN.toCharArray());
  }
}
