package org.m4fw.adapter.pack;

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
 */
public record PackageRequest(
    String id,
    String version,
    Optional<String> licence,
    Optional<JsonNode> task,
    SortedSet<DType> forms,
    List<RequiredSignature> requiredSignatures,
    boolean development) {
  private static final Pattern ID =
      Pattern.compile("[a-z][a-z0-9-]{0,62}(\\.[a-z0-9][a-z0-9-]{0,62}){1,5}");

  public PackageRequest {
    if (id.length() > 128 || !ID.matcher(id).matches()) {
      throw PackageError.BAD_ID.at("", "id", id);
    }
    forms = Collections.unmodifiableSortedSet(new TreeSet<>(forms));
    requiredSignatures = List.copyOf(requiredSignatures);
  }
}
