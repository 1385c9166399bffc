package org.m4fw.adapter.pack;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.m4fw.checkpoint.DType;
import org.m4fw.image.RequiredSignature;
import tools.jackson.databind.JsonNode;

/**
 * What the maker of a package decides.
 *
 * @param id in reverse-DNS form
 * @param version a semantic version
 * @param licence an SPDX expression, if it was stated
 * @param task what the adapter is for, a JSON object without floats, if it was stated
 * @param forms the element types of the graphs that it is to run with, F32 or F16: a runtime form
 *     is packed for each
 * @param development whether a development key will sign
 * @param developer who answers for it, if that was stated
 * @param evaluation a signed statement of how well it works, if there is one
 */
public record PackageRequest(
    String id,
    String version,
    Optional<String> licence,
    Optional<JsonNode> task,
    SortedSet<DType> forms,
    List<RequiredSignature> requiredSignatures,
    boolean development,
    Optional<String> developer,
    Optional<MemorySegment> evaluation) {
  private static final Pattern ID =
      Pattern.compile("[a-z][a-z0-9-]{0,62}(\\.[a-z0-9][a-z0-9-]{0,62}){1,5}");

  private static final Pattern NAME = Pattern.compile("[^\\p{C}\\p{Zl}\\p{Zp}]{1,128}");

  public PackageRequest {
    if (id.length() > 128 || !ID.matcher(id).matches()) {
      throw PackageError.BAD_ID.at("", "id", id);
    }
    task.ifPresent(stated -> PromptText.require("", stated));
    developer.ifPresent(name -> requireName("", name));
    forms = Collections.unmodifiableSortedSet(new TreeSet<>(forms));
    requiredSignatures = List.copyOf(requiredSignatures);
  }

  /** One that says nothing of its developer, and holds no evaluation. */
  public PackageRequest(
      String id,
      String version,
      Optional<String> licence,
      Optional<JsonNode> task,
      SortedSet<DType> forms,
      List<RequiredSignature> requiredSignatures,
      boolean development) {
    this(
        id,
        version,
        licence,
        task,
        forms,
        requiredSignatures,
        development,
        Optional.empty(),
        Optional.empty());
  }

  /** The same with a developer, as names and addresses are written. */
  public PackageRequest by(Optional<String> name) {
    return new PackageRequest(
        id, version, licence, task, forms, requiredSignatures, development, name, evaluation);
  }

  /** The same with a statement of how well it works; its bytes are put in as they are. */
  public PackageRequest evaluated(Optional<MemorySegment> statement) {
    return new PackageRequest(
        id, version, licence, task, forms, requiredSignatures, development, developer, statement);
  }

  static void requireName(String file, String name) {
    if (!NAME.matcher(name).matches()) {
      throw PackageError.BAD_DEVELOPER.at(file, "developer", name.length());
    }
  }
}
