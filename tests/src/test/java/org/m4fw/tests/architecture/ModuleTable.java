package org.m4fw.tests.architecture;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The table of modules in {@code docs/architecture.md}. */
final class ModuleTable {
  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z-]+)` \\| `(org\\.m4fw\\.[a-z]+)` \\|.*\\| ([^|]+) \\|$");
  private static final Pattern ENTRY = Pattern.compile("([a-z-]+)(?: \\(((?:`[a-z.]+` ?)+)\\))?");

  /**
   * A module.
   *
   * @param name its directory
   * @param packageName its root package
   * @param mayUse the modules that it may depend on, each with the only subpackages that it may
   *     use, separated by spaces, or with an empty string if it may use all
   */
  record Module(String name, String packageName, Map<String, String> mayUse) {}

  private final Map<String, Module> modules;

  private ModuleTable(Map<String, Module> modules) {
    this.modules = modules;
  }

  static ModuleTable read() {
    return parse(Repository.text(Path.of("docs", "architecture.md")));
  }

  static ModuleTable parse(String markdown) {
    List<Matcher> rows = markdown.lines().map(ROW::matcher).filter(Matcher::matches).toList();
    Map<String, Module> modules = new TreeMap<>();
    for (Matcher row : rows) {
      Map<String, String> mayUse = new TreeMap<>();
      if (row.group(3).equals("all")) {
        rows.forEach(other -> mayUse.put(other.group(1), ""));
        mayUse.remove(row.group(1));
      } else if (!row.group(3).equals("–")) {
        Arrays.stream(row.group(3).split(", "))
            .map(ENTRY::matcher)
            .forEach(
                entry -> {
                  if (!entry.matches()) {
                    throw new IllegalArgumentException("cannot read " + row.group());
                  }
                  mayUse.put(
                      entry.group(1),
                      entry.group(2) == null ? "" : entry.group(2).replace("`", ""));
                });
      }
      modules.put(row.group(1), new Module(row.group(1), row.group(2), mayUse));
    }
    return new ModuleTable(modules);
  }

  List<Module> modules() {
    return List.copyOf(modules.values());
  }

  /** The packages that a module may use, its own among them, as ArchUnit spells them. */
  String[] packagesFor(Module module) {
    return Stream.concat(
            Stream.of(module.packageName()),
            module.mayUse().entrySet().stream()
                .flatMap(
                    use ->
                        Arrays.stream(use.getValue().split(" "))
                            .map(subpackage -> packageOf(use.getKey(), subpackage))))
        .map(name -> name + "..")
        .toArray(String[]::new);
  }

  private String packageOf(String module, String subpackage) {
    Module used = modules.get(module);
    if (used == null) {
      throw new IllegalArgumentException("the table has no row for " + module);
    }
    String name = used.packageName();
    return subpackage.isEmpty() ? name : name + "." + subpackage;
  }
}
