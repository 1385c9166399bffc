package org.m4fw.cli.hub;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.Fields;
import tools.jackson.databind.JsonNode;

/**
 * What a repository holds at one commit: the hub's answer to {@code
 * /api/models/OWNER/NAME/revision/REVISION?blobs=true}.
 *
 * @param commit 40 hexadecimal digits
 * @param licence as the model's card states it
 * @param files by path; those without a digest are not among them
 * @param unverifiable paths of files that the hub gives no digest for
 */
record HubListing(
    String commit,
    Optional<String> licence,
    SortedMap<String, HubFile> files,
    Set<String> unverifiable) {
  private static final int MAX_FILES = 100_000;
  private static final int MAX_PATH = 1024;
  private static final int MAX_NAME = 200;

  /** Names that Windows gives to devices, whatever their suffix. */
  private static final String DEVICE = "(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?";

  /**
   * Reads the answer.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link HubError}, or a {@link
   *     org.m4fw.base.json.JsonError}
   */
  static HubListing of(Fields answer) {
    String commit = answer.string("sha");
    if (!commit.matches("[0-9a-f]{40}")) {
      throw HubError.ANSWER.at(answer.file(), "sha", "no commit");
    }
    List<Fields> siblings = answer.objects("siblings");
    if (siblings.size() > MAX_FILES) {
      throw HubError.ANSWER.at(answer.file(), "siblings", "more than " + MAX_FILES + " files");
    }
    SortedMap<String, HubFile> files = new TreeMap<>();
    Set<String> unverifiable = new HashSet<>();
    Set<String> folded = new HashSet<>();
    for (Fields sibling : siblings) {
      String path = sibling.string("rfilename");
      if (!isPlain(path) || !folded.add(path.toLowerCase(Locale.ROOT))) {
        throw HubError.BAD_FILE_NAME.at(answer.file(), sibling.path(), path);
      }
      file(path, sibling)
          .ifPresentOrElse(file -> files.put(path, file), () -> unverifiable.add(path));
    }
    return new HubListing(commit, licence(answer), files, unverifiable);
  }

  /** Whether a path stays inside the directory that it is appended to, on every system. */
  private static boolean isPlain(String path) {
    if (path.length() > MAX_PATH) {
      return false;
    }
    for (String part : path.split("/", -1)) {
      if (part.isEmpty()
          || part.length() > MAX_NAME
          || part.equals(".")
          || part.equals("..")
          || part.endsWith(".")
          || part.endsWith(" ")
          || part.matches(DEVICE)
          || part.chars().anyMatch(c -> c < ' ' || c == 0x7f || "\\:*?\"<>|".indexOf(c) >= 0)) {
        return false;
      }
    }
    return true;
  }

  private static Optional<HubFile> file(String path, Fields sibling) {
    Optional<Fields> large = sibling.optionalObject("lfs");
    Fields sized = large.orElse(sibling);
    if (!sized.has("size")) {
      return Optional.empty();
    }
    long size = sized.integer("size", 0, Long.MAX_VALUE);
    return large
        .flatMap(lfs -> lfs.optionalString("sha256"))
        .filter(hex -> hex.matches("[0-9a-f]{64}"))
        .<ContentDigest>map(ContentDigest.Sha256::new)
        .or(
            () ->
                large.isPresent()
                    ? Optional.empty()
                    : sibling
                        .optionalString("blobId")
                        .filter(hex -> hex.matches("[0-9a-f]{40}"))
                        .map(ContentDigest.GitBlob::new))
        .map(digest -> new HubFile(path, size, digest));
  }

  private static Optional<String> licence(Fields answer) {
    return answer
        .optionalObject("cardData")
        .map(card -> card.node().get("license"))
        .filter(JsonNode::isString)
        .map(JsonNode::stringValue)
        .filter(text -> text.matches("[A-Za-z0-9][A-Za-z0-9.+ ()-]{0,100}"));
  }
}
