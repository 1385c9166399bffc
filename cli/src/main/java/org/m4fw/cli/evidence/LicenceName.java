package org.m4fw.cli.evidence;

import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A stated licence as CycloneDX wants it: by its SPDX identifier where model cards use another
 * spelling of one, by its name where it is none of these.
 */
final class LicenceName {
  private static final Map<String, String> SPDX =
      Map.ofEntries(
          Map.entry("apache-2.0", "Apache-2.0"),
          Map.entry("mit", "MIT"),
          Map.entry("bsd-2-clause", "BSD-2-Clause"),
          Map.entry("bsd-3-clause", "BSD-3-Clause"),
          Map.entry("cc0-1.0", "CC0-1.0"),
          Map.entry("cc-by-4.0", "CC-BY-4.0"),
          Map.entry("cc-by-sa-4.0", "CC-BY-SA-4.0"),
          Map.entry("cc-by-nc-4.0", "CC-BY-NC-4.0"),
          Map.entry("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0"),
          Map.entry("gpl-3.0-only", "GPL-3.0-only"),
          Map.entry("lgpl-3.0-only", "LGPL-3.0-only"),
          Map.entry("mpl-2.0", "MPL-2.0"),
          Map.entry("unlicense", "Unlicense"));

  private LicenceName() {}

  static SortedMap<String, Object> node(String stated) {
    String spdx = SPDX.get(stated.toLowerCase(Locale.ROOT));
    return new TreeMap<>(
        Map.of("license", spdx == null ? Map.of("name", stated) : Map.of("id", spdx)));
  }
}
