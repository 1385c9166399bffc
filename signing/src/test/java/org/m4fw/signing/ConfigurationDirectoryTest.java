package org.m4fw.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigurationDirectoryTest {
  private static final Path HOME = Path.of("/home/ada");

  @Test
  void theOwnVariableComesFirst() {
    assertPath("/etc/m4", Map.of("M4FW_CONFIG_DIR", "/etc/m4", "XDG_CONFIG_HOME", "/x"));
  }

  @Test
  void thenTheDesktopStandard() {
    assertPath("/x/m4fw", Map.of("XDG_CONFIG_HOME", "/x"));
  }

  @Test
  void aRelativeDesktopDirectoryIsIgnoredAsItsStandardSays() {
    assertPath("/home/ada/.config/m4fw", Map.of("XDG_CONFIG_HOME", "x"));
  }

  @Test
  void emptyVariablesCountAsUnset() {
    assertPath("/home/ada/.config/m4fw", Map.of("M4FW_CONFIG_DIR", "", "XDG_CONFIG_HOME", ""));
  }

  private static void assertPath(String expected, Map<String, String> environment) {
    assertEquals(Path.of(expected), ConfigurationDirectory.of(environment, HOME).path());
  }
}
