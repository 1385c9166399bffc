package org.m4fw.targets;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.NearNames;

/** The known devices. */
public final class Targets {
  /** The files beside this class, in the order in which the targets are shown. */
  private static final List<String> KNOWN =
      List.of(
          "a100",
          "host",
          "host-int8",
          "jetson-orin-nx",
          "pixel7pro-cpu",
          "pixel7pro-gpu",
          "pixel7pro-tpu",
          "pixel7pro-tpu-coral");

  private Targets() {}

  /** All built-in targets, sorted by id. */
  public static List<Target> all() {
    return KNOWN.stream().map(Targets::builtIn).toList();
  }

  /** The ids of the built-in targets, sorted; reads no file. */
  public static List<String> ids() {
    return KNOWN;
  }

  /**
   * The target of that id; anything with a slash in it or ending in {@code .json} is the path of a
   * target file instead.
   *
   * @throws org.m4fw.base.problem.ProblemException {@link TargetError#UNKNOWN_TARGET} with the
   *     closest known id, or what is wrong with the file
   */
  public static Target find(String idOrPath) {
    if (KNOWN.contains(idOrPath)) {
      return builtIn(idOrPath);
    }
    if (idOrPath.contains("/") || idOrPath.endsWith(".json")) {
      return read(Path.of(idOrPath));
    }
    String closest =
        NearNames.meant(idOrPath, KNOWN).map(", closest is '%s'"::formatted).orElse("");
    throw TargetError.UNKNOWN_TARGET.at("", "", idOrPath, closest, String.join(", ", KNOWN));
  }

  /** Reads a target file. */
  public static Target read(Path file) {
    return TargetReader.read(StrictJson.readObject(file));
  }

  private static Target builtIn(String id) {
    String name = id + ".json";
    try (InputStream in = Targets.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new LinkageError("the file " + name + " is missing from the program");
      }
      return TargetReader.read(Fields.of(name, StrictJson.parse(name, in.readAllBytes())));
    } catch (IOException e) {
      throw new LinkageError("the file " + name + " cannot be read from the program", e);
    }
  }
}
